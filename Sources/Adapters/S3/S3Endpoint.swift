/// The address of an S3 server: scheme, host and port, without a path.
public struct S3Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// The position of the bucket in a URL.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
  public enum Addressing: Hashable, Sendable {
    /// The bucket is the first path segment; works with any server and with dots in bucket names.
    case path
    /// The bucket is the first label of the host; DNS and, for https, the certificate must cover it.
    case virtualHost
  }

  /// `http` or `https`.
  public let scheme: String
  /// The host, with the port unless it is the default of the scheme, as in the `Host` field.
  public let authority: String

  /// Parses a URL; nil unless it is `http(s)://host[:port]`, optionally with a slash at its end.
  public init?(_ url: String) {
    guard let mark = url.firstRange(of: "://") else { return nil }
    scheme = url[..<mark.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    var rest = url[mark.upperBound...].lowercased()
    if rest.hasSuffix("/") { rest.removeLast() }
    let (host, port) = splitPort(rest)
    guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) || isBracketed(host) else { return nil }
    if let port {
      guard let number = UInt16(port), number > 0 else { return nil }
      authority = number == (scheme == "https" ? 443 : 80) ? String(host) : "\(host):\(number)"
    } else {
      authority = String(host)
    }
  }

  /// The URL, without a slash at its end.
  public var description: String { scheme + "://" + authority }

  func host(of bucket: String?, _ addressing: Addressing) -> String {
    guard let bucket, addressing == .virtualHost else { return authority }
    return bucket + "." + authority
  }

  func path(to key: String?, in bucket: String?, _ addressing: Addressing) -> String {
    let prefix = addressing == .path ? bucket.map { "/" + $0 } ?? "" : ""
    return key.map { prefix + "/" + $0 } ?? (prefix.isEmpty ? "/" : prefix)
  }
}

private func splitPort(_ authority: String) -> (host: Substring, port: Substring?) {
  guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else { return (authority[...], nil) }
  return (authority[..<colon], authority[authority.index(after: colon)...])
}

private func isHostByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
    UInt8(ascii: "-"):
    true
  default: false
  }
}

private func isBracketed(_ host: Substring) -> Bool {
  host.hasPrefix("[") && host.hasSuffix("]")
    && host.dropFirst().dropLast().utf8.allSatisfy { "0123456789abcdef:.".utf8.contains($0) }
}
