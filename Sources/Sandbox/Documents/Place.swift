/// The location of an external target.
enum Place {
  /// The disk of the computer that opens the document.
  case here
  case fileServer
  case elsewhere

  init(of target: String) {
    let target = target.lowercased().withForwardSlashes
    if target.hasPrefix("//") {
      self = Self.server(target)
      return
    }
    guard let colon = target.firstIndex(of: ":"), target.distance(from: target.startIndex, to: colon) > 1,
      !target[..<colon].contains("/")
    else {
      self = .here
      return
    }
    guard target[..<colon] == "file" else {
      self = .elsewhere
      return
    }
    let path = target[target.index(after: colon)...]
    let slashes = path.prefix { $0 == "/" }.count
    let isDrive = path.dropFirst(slashes).dropFirst().first == ":"
    self = isDrive || slashes == 1 || slashes == 3 ? .here : Self.server(String(path))
  }

  /// Returns `.fileServer`, or `.elsewhere` if Windows would treat the name as a web server's.
  ///
  /// Windows does so for names with a port or for WebDAV, and for public IP addresses.
  ///
  /// Source: https://learn.microsoft.com/en-us/dotnet/standard/io/file-path-formats
  private static func server(_ path: String) -> Place {
    var components = path.split(separator: "/")
    // The long form of the path is \\?\UNC\server\share.
    if let first = components.first, ["?", "."].contains(first), components.dropFirst().first == "unc" {
      components = Array(components.dropFirst(2))
    }
    let host = components.first ?? ""
    let isWebDAV = host.contains("@") || host.contains("%40") || components.dropFirst().first == "davwwwroot"
    return isWebDAV || isPublicAddress(host) ? .elsewhere : .fileServer
  }

  private static func isPublicAddress(_ host: Substring) -> Bool {
    let suffix = ".ipv6-literal.net"
    if host.hasSuffix(suffix) { return isPublic(version6: host.dropLast(suffix.count)) }
    if host.hasPrefix("["), host.hasSuffix("]") { return isPublic(version6: host.dropFirst().dropLast()) }
    guard let bytes = version4(host) else { return false }
    return switch (bytes[0], bytes[1]) {
    case (10, _), (127, _), (192, 168), (169, 254), (172, 16...31): false
    default: true
    }
  }

  /// True unless the first group shows a loopback, link-local or unique local address.
  private static func isPublic(version6 address: Substring) -> Bool {
    guard let first = address.split(whereSeparator: { $0 == "-" || $0 == ":" }).first,
      let group = Int(first, radix: 16)
    else { return false }
    return group != 1 && !(0xFE80...0xFEBF).contains(group) && !(0xFC00...0xFDFF).contains(group)
  }

  /// Returns the bytes of an IPv4 address, which has one to four numbers in any base; nil for names.
  ///
  /// The last number fills the remaining bytes.
  ///
  /// Source: https://pubs.opengroup.org/onlinepubs/9699919799/functions/inet_addr.html
  private static func version4(_ host: Substring) -> [UInt8]? {
    let texts = host.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...4).contains(texts.count) else { return nil }
    var numbers: [UInt64] = []
    for text in texts {
      let (digits, radix) =
        text.hasPrefix("0x") ? (text.dropFirst(2), 16) : text.count > 1 && text.hasPrefix("0") ? (text, 8) : (text, 10)
      guard let number = UInt64(digits, radix: radix) else { return nil }
      numbers.append(number)
    }
    guard let last = numbers.popLast(), numbers.allSatisfy({ $0 < 256 }), last < 1 << (8 * (4 - numbers.count)) else {
      return nil
    }
    let value = numbers.enumerated().reduce(last) { $0 | $1.element << (24 - 8 * UInt64($1.offset)) }
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}

extension String {
  /// The string with every backslash replaced by a slash.
  var withForwardSlashes: String {
    String(decoding: utf8.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
  }
}
