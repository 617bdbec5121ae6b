/// An origin of a CORS rule, in which a star stands for any text.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
struct OriginPattern {
  private let text: String

  init(_ text: String) { self.text = text }

  /// True if a star stands for more than the hosts of one site.
  ///
  /// The star in `https://*.example.com` stands for hosts of one site. Behind the star of `https://*.com` lies a domain under
  /// which anybody can register, because fewer than two labels are fixed.
  var isWide: Bool {
    guard let star = text.lastIndex(of: "*") else { return false }
    let rest = text[text.index(after: star)...]
    guard rest.hasPrefix(".") else { return true }
    let host = rest.prefix { $0 != ":" && $0 != "/" }
    return host.split(separator: ".").count < 2
  }
}
