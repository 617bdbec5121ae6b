internal import Glibc

/// A range of IPv4 or IPv6 addresses with a common prefix, such as `192.0.2.0/24` or `2001:db8::/32`.
public struct AddressRange: Hashable, Sendable, CustomStringConvertible {
  /// The range as it was written.
  public let description: String
  private let network: [UInt8]
  private let bits: Int

  /// Parses a range; nil unless `text` is an address, optionally with a slash and a number of bits.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let network = Self.bytes(of: String(parts[0])) else { return nil }
    let longest = network.count * 8
    var bits = longest
    if parts.count == 2 {
      guard let given = Int(parts[1]), String(given) == parts[1], (0...longest).contains(given) else { return nil }
      bits = given
    }
    description = text
    self.network = network
    self.bits = bits
  }

  /// True if the range contains `address`; an IPv4-mapped address (`::ffff:192.0.2.1`) counts as the IPv4 address.
  public func contains(_ address: String) -> Bool {
    guard var bytes = Self.bytes(of: address) else { return false }
    if bytes.count == 16, bytes.starts(with: Self.mapped) { bytes.removeFirst(Self.mapped.count) }
    guard bytes.count == network.count else { return false }
    let whole = bits / 8
    guard bytes.prefix(whole) == network.prefix(whole) else { return false }
    let rest = bits % 8
    return rest == 0 || (bytes[whole] ^ network[whole]) >> (8 - rest) == 0
  }

  /// The first 12 bytes of an IPv4-mapped IPv6 address.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
  private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

  private static func bytes(of text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }
}
