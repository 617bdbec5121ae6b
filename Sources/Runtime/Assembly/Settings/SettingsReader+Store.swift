import Core
import Foundation

extension SettingsReader {
  mutating func storeSettings() -> StoreSettings? {
    let kind = choice("STOWAGE_STORE", fallback: StoreSettings.Kind.aws)
    let region = text("STOWAGE_S3_REGION", "a region", fallback: kind == .r2 ? "auto" : "us-east-1")
    let url = url("STOWAGE_S3_URL", fallback: kind == .aws ? "https://s3.\(region ?? "us-east-1").amazonaws.com" : nil)
    let publicURL = self.url("STOWAGE_S3_PUBLIC_URL", fallback: url)
    let addressing = choice(
      "STOWAGE_S3_ADDRESSING",
      fallback: kind == .aws ? StoreSettings.Addressing.virtual : .path
    )
    let accessKey = text("STOWAGE_S3_ACCESS_KEY", "the access key of this node's user")
    let secretKey = value("STOWAGE_S3_SECRET_KEY", "the secret key to the access key", isSecret: true) { Secret($0) }
    let sessionToken = optional("STOWAGE_S3_SESSION_TOKEN", "a session token, or none", isSecret: true) { Secret($0) }
    let caFile = optional("STOWAGE_S3_CA_FILE", "the path of a PEM file, or none") { $0.hasPrefix("/") ? $0 : nil }
    let checksums = choice(
      "STOWAGE_S3_CHECKSUMS",
      fallback: kind == .ceph ? StoreSettings.Checksums.ignored : .verified
    )
    let unsignedHeaders = choice(
      "STOWAGE_S3_UNSIGNED_HEADERS",
      fallback: [.aws, .r2, .seaweedfs].contains(kind) ? StoreSettings.UnsignedHeaders.refused : .obeyed
    )
    let uploadACL = choice(
      "STOWAGE_S3_UPLOAD_ACL",
      fallback: [.aws, .r2].contains(kind) ? StoreSettings.UploadACL.none : .private
    )
    let uploadKeys = uploadKeys()
    let account = optional("STOWAGE_AWS_ACCOUNT", "the 12 digits of an AWS account, or none") {
      $0.utf8.count == 12 && $0.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) ? $0 : nil
    }
    let capabilities = optional("STOWAGE_STORE_CAPABILITIES", "the path of a file, or none") { text in
      text.hasPrefix("/") ? text : nil
    }
    if addressing == .virtual { requireNames(["STOWAGE_S3_URL": url, "STOWAGE_S3_PUBLIC_URL": publicURL]) }
    guard let url, let publicURL, let region, let accessKey, let secretKey else { return nil }
    return StoreSettings(
      kind: kind,
      url: url,
      publicURL: publicURL,
      region: region,
      addressing: addressing,
      accessKey: accessKey,
      secretKey: secretKey,
      sessionToken: sessionToken,
      caFile: caFile,
      checksums: checksums,
      unsignedHeaders: unsignedHeaders,
      uploadACL: uploadACL,
      uploadKeys: uploadKeys,
      account: account,
      capabilities: capabilities
    )
  }

  /// Returns the keys for uploads; nil if they are not set.
  ///
  /// Setting one without the other is a problem.
  private mutating func uploadKeys() -> StoreSettings.UploadKeys? {
    let names = ["STOWAGE_S3_UPLOAD_ACCESS_KEY", "STOWAGE_S3_UPLOAD_SECRET_KEY"]
    let access = optional(names[0], "an access key that may write uploads and read nothing, or none") { $0 }
    let secret = optional(names[1], "the secret key to it, or none", isSecret: true) { Secret($0) }
    if (access == nil) != (secret == nil) { report("\(names[0]), \(names[1]): set both, or none of them") }
    guard let access, let secret else { return nil }
    return StoreSettings.UploadKeys(accessKey: access, secretKey: secret)
  }

  /// Reports URLs with an IP address as host, which virtual-host addressing cannot prefix with a bucket name.
  private mutating func requireNames(_ urls: [String: String?]) {
    for (name, url) in urls.sorted(by: { $0.key < $1.key }) {
      guard let url, let host = URLComponents(string: url)?.host, Self.isAddress(host) else { continue }
      // The public URL defaults to the same URL, which is reported once.
      if name == "STOWAGE_S3_PUBLIC_URL", url == urls["STOWAGE_S3_URL"] { continue }
      report(
        "\(name): '\(url)' is an IP address, which cannot have a bucket's name in front; "
          + "set STOWAGE_S3_ADDRESSING=path, or a URL with the server's name"
      )
    }
  }

  /// True if the host of a URL is an IP address, in any notation that URL parsers accept.
  ///
  /// Source: https://url.spec.whatwg.org/#ends-in-a-number-checker
  private static func isAddress(_ host: String) -> Bool {
    if host.contains(":") { return true }
    guard let last = host.split(separator: ".").last else { return false }
    return last.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      || last.lowercased().hasPrefix("0x") && last.dropFirst(2).allSatisfy(\.isHexDigit)
  }
}
