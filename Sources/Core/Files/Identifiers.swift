public import Foundation

/// The identifier of a file: a UUID of version 7, so identifiers sort by their time of creation.
///
/// Source: https://www.rfc-editor.org/rfc/rfc9562#section-5.7
public struct FileID: Hashable, Sendable, CustomStringConvertible {
  /// The canonical text form: 36 lowercase characters.
  public let description: String

  /// Nil if `text` is not a canonical lowercase UUID of version 7 with the RFC's variant.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    for (index, byte) in bytes.enumerated() {
      switch index {
      case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return nil }
      case 14: guard byte == UInt8(ascii: "7") else { return nil }
      case 19: guard "89ab".utf8.contains(byte) else { return nil }
      default: guard isLowercaseHexDigit(byte) else { return nil }
      }
    }
    description = text
  }

  /// A lower bound for sorting: it sorts before each identifier made at `time` or later, and after each one made
  /// earlier.
  public init(earliestAt time: Date) { self.init(time, random: (0, 0)) }

  /// Creates a new identifier from 48 bits of milliseconds since 1970 and 74 random bits.
  public init(at now: Date) {
    var random = SystemRandomNumberGenerator()
    self.init(now, random: (random.next(), random.next()))
  }

  private init(_ time: Date, random: (UInt64, UInt64)) {
    let milliseconds = UInt64(max(0, time.timeIntervalSince1970 * 1000))
    let high = (milliseconds << 16) | 0x7000 | (random.0 & 0x0FFF)
    let low = (random.1 & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
    let digits = Array("0123456789abcdef".utf8)
    description = String(unsafeUninitializedCapacity: 36) { text in
      var place = 0
      for (index, half) in [high, high, high, low, low].enumerated() {
        let (first, last) = Self.groups[index]
        if index > 0 {
          text[place] = UInt8(ascii: "-")
          place += 1
        }
        for digit in first..<last {
          text[place] = digits[Int((half >> UInt64(60 - 4 * digit)) & 15)]
          place += 1
        }
      }
      return place
    }
  }
}

extension FileID {
  /// The digits of the five groups, counted from the start of the half of the identifier that contains them.
  private static let groups = [(0, 8), (8, 12), (12, 16), (0, 4), (4, 16)]
}

extension FileID: Comparable {
  /// True if `left` was made in an earlier millisecond; within one millisecond the order is random.
  public static func < (left: FileID, right: FileID) -> Bool {
    left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
  }
}

/// A SHA-256 digest as 64 lowercase hexadecimal digits.
public struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
  /// The 64 digits.
  public let description: String

  /// Nil if `hexadecimal` is not 64 hexadecimal digits; uppercase digits become lowercase.
  public init?(hexadecimal: String) {
    let folded = hexadecimal.lowercased()
    guard folded.utf8.count == 64, folded.utf8.allSatisfy(isLowercaseHexDigit) else { return nil }
    description = folded
  }

  /// Nil if `bytes` are not 32 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    let digits = Array("0123456789abcdef".utf8)
    description = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The digest as 32 bytes.
  public var bytes: [UInt8] {
    let digits = Array(description.utf8)
    return stride(from: 0, to: 64, by: 2).map { (nibble(digits[$0]) << 4) | nibble(digits[$0 + 1]) }
  }
}

/// The version of a variant, which changes whenever the bytes of the variant change.
///
/// The version consists of 12 hexadecimal digits of SHA-256 over the digest of the source file, the specification of
/// the variant, and the version of the renderer.
public struct VariantVersion: Hashable, Sendable, CustomStringConvertible {
  /// The 12 lowercase digits.
  public let description: String

  /// Nil if `text` is not 12 lowercase hexadecimal digits.
  public init?(_ text: String) {
    guard text.utf8.count == 12, text.utf8.allSatisfy(isLowercaseHexDigit) else { return nil }
    description = text
  }

  /// The version of the renderer; a higher number gives every variant a new `VariantVersion`.
  private static let renderer = 3

  /// The version of the variant `shape` of the file `source`, rendered together with `specifications`.
  ///
  /// All scaled variants of a file come from one shared decoding, whose size depends on every requested shape. The hash
  /// therefore covers all scaled shapes. `hash` must return SHA-256 in hexadecimal; nil if its result is not a digest.
  public init?(
    of source: SHA256Digest,
    _ shape: VariantShape,
    among specifications: [VariantSpecification],
    hash: ([UInt8]) -> String
  ) {
    let scaled = Set(specifications.map(\.shape)).subtracting([.stripped]).map(\.description).sorted()
    let companions = shape == .stripped ? "" : scaled.joined(separator: ",")
    let text = "\(source)\n\(shape)\n\(companions)\n\(Self.renderer)\n"
    guard let digest = SHA256Digest(hexadecimal: hash(Array(text.utf8))) else { return nil }
    self.init(prefixOf: digest)
  }

  /// Takes the first 12 digits of `digest`.
  public init(prefixOf digest: SHA256Digest) {
    description = String(digest.description.prefix(12))
  }
}

private func isLowercaseHexDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
  default: false
  }
}

private func nibble(_ digit: UInt8) -> UInt8 {
  digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
}
