public import Foundation

/// The options of a new link to a file.
///
/// ```swift
/// let terms = try LinkTerms(seconds: 3600, disposition: "inline")
/// try terms.disposition.check(for: .checked(.pdf))
/// ```
public struct LinkTerms: Hashable, Sendable {
  /// The permitted lifetimes of a link, in seconds: one minute to 30 days.
  public static let lifetimes = 60...(30 * 86_400)
  /// The default lifetime of a link, in seconds: 7 days.
  public static let usualSeconds = 7 * 86_400
  /// The maximum number of live links of one file.
  public static let maximumCount = 100

  /// The lifetime of the link, in seconds.
  public let seconds: Int
  /// The way in which a browser handles the file.
  public let disposition: ContentDisposition.Kind

  /// Throws `invalidRequest` if a value is out of bounds; defaults: 7 days and `attachment`.
  public init(seconds: Int?, disposition: String?) throws(StorageError) {
    self.seconds = seconds ?? Self.usualSeconds
    guard Self.lifetimes.contains(self.seconds) else {
      let bounds = "\(Self.lifetimes.lowerBound) to \(Self.lifetimes.upperBound)"
      throw .invalidRequest("expiresInSeconds: must be \(bounds)")
    }
    self.disposition = try ContentDisposition.Kind(wanted: disposition)
  }
}

extension ContentDisposition.Kind {
  /// Parses a disposition that a client sent; throws `invalidRequest` if it is unknown; default: `attachment`.
  public init(wanted text: String?) throws(StorageError) {
    guard let kind = ContentDisposition.Kind(rawValue: text ?? "attachment") else {
      throw .invalidRequest("disposition: must be attachment or inline")
    }
    self = kind
  }

  /// Throws `invalidRequest` for `inline` if a browser must not or cannot show files of `type`.
  ///
  /// Browsers show PDF, and images of every type except HEIC.
  public func check(for type: UploadType?) throws(StorageError) {
    guard self == .attachment || type?.isShownByBrowsers == true else {
      let reason = type == .checked(.heic) ? "most browsers do not show HEIC" : "only images and PDF are shown inline"
      throw .invalidRequest("disposition: \(reason)")
    }
  }
}

extension UploadType {
  fileprivate var isShownByBrowsers: Bool { kind == .image && self != .checked(.heic) || self == .checked(.pdf) }
}

/// The public identifier of a link, by which its owner manages the link; it gives no access to the file.
public struct LinkID: Hashable, Sendable, CustomStringConvertible {
  /// The identifier as text: a UUID of version 7, the same form as a `FileID`.
  public let description: String

  /// Creates a new identifier.
  public init(at now: Date) { description = FileID(at: now).description }

  /// Nil if `text` is not the text form of such an identifier.
  public init?(_ text: String) {
    guard let id = FileID(text) else { return nil }
    description = id.description
  }
}

/// The secret in the URL of a link, which gives access to the file: 256 random bits as 64 lowercase hexadecimal digits.
public struct LinkSecret: Hashable, Sendable {
  /// The 64 digits in clear text.
  public let revealed: String

  /// Creates a new random secret.
  public init() {
    var random = SystemRandomNumberGenerator()
    let bits = (0..<4).map { _ in random.next() }
    revealed = bits.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// Nil if `text` is not 64 lowercase hexadecimal digits.
  public init?(_ text: String) {
    guard text == text.lowercased(), SHA256Digest(hexadecimal: text) != nil else { return nil }
    revealed = text
  }
}

extension LinkSecret: CustomStringConvertible, CustomReflectable {
  /// Always `(secret)`, so that no log shows the secret.
  public var description: String { "(secret)" }
  /// An empty mirror, so that `dump` shows nothing.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
