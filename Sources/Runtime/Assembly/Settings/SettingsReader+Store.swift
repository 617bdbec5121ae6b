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
    let keys = accessKeys("STOWAGE_S3", "the access key of this node, or none for a provider", hasToken: true)
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
    let uploadKeys = accessKeys(
      "STOWAGE_S3_UPLOAD",
      "an access key that may write uploads and read nothing, or none",
      hasToken: false
    )
    let account = optional("STOWAGE_AWS_ACCOUNT", "the 12 digits of an AWS account, or none") {
      $0.utf8.count == 12 && $0.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) ? $0 : nil
    }
    let capabilities = optional("STOWAGE_STORE_CAPABILITIES", "the path of a file, or none") { text in
      text.hasPrefix("/") ? text : nil
    }
    if addressing == .virtual { requireNames(["STOWAGE_S3_URL": url, "STOWAGE_S3_PUBLIC_URL": publicURL]) }
    guard let url, let publicURL, let region else { return nil }
    return StoreSettings(
      kind: kind,
      url: url,
      publicURL: publicURL,
      region: region,
      addressing: addressing,
      keys: keys,
      providerVariables: providerVariables,
      caFile: caFile,
      checksums: checksums,
      unsignedHeaders: unsignedHeaders,
      uploadACL: uploadACL,
      uploadKeys: uploadKeys,
      account: account,
      capabilities: capabilities
    )
  }

  /// Returns the access keys whose settings begin with `prefix`; nil if they are not set.
  ///
  /// Setting one without the other, or a session token without them, is a problem.
  mutating func accessKeys(_ prefix: String, _ expected: String, hasToken: Bool) -> StoreSettings.AccessKeys? {
    let names = ["ACCESS_KEY", "SECRET_KEY", "SESSION_TOKEN"].map { "\(prefix)_\($0)" }
    let access = optional(names[0], expected) { $0 }
    let secret = optional(names[1], "the secret key to it, or none", isSecret: true) { Secret($0) }
    var token: Secret?
    if hasToken { token = optional(names[2], "a session token, or none", isSecret: true) { Secret($0) } }
    if (access == nil) != (secret == nil) {
      let (missing, present) = access == nil ? (names[0], names[1]) : (names[1], names[0])
      report("\(missing): not set, but \(present) is; expected both, or none of them")
    }
    if token != nil, access == nil, secret == nil { report("\(names[2]): belongs to \(names[0]), which is not set") }
    guard let access, let secret else { return nil }
    return StoreSettings.AccessKeys(accessKey: access, secretKey: secret, sessionToken: token)
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
