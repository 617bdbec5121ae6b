/// A variant's name as it stands in keys and URLs: `[a-z][a-z0-9-]{0,31}`.
public struct VariantName: Hashable, Sendable, CustomStringConvertible {
  /// The name.
  public let description: String

  /// Nil where `text` is not of the form above.
  public init?(_ text: String) {
    let lower = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard (1...32).contains(text.utf8.count), let first = text.utf8.first, lower.contains(first),
      text.utf8.allSatisfy({ lower.contains($0) || digit.contains($0) || $0 == UInt8(ascii: "-") })
    else { return nil }
    description = text
  }

  /// The upload's own format with every piece of metadata gone; every image has it.
  public static let original = VariantName(literal: "original")
  /// The small square.
  public static let thumb = VariantName(literal: "thumb")
  /// The page-wide picture.
  public static let medium = VariantName(literal: "medium")

  private init(literal: String) { description = literal }
}

/// How a variant is made from an image.
public enum VariantShape: Hashable, Sendable, CustomStringConvertible {
  /// Scaled and cropped about the middle to this shape, at most this many pixels, never enlarged.
  case cover(width: Int, height: Int)
  /// Scaled to at most this many pixels across, never enlarged.
  case width(Int)
  /// The upload's own pixels, format and size, without metadata.
  case stripped

  /// `cover:150x150`, `width:800` or `stripped`, as the configuration spells it.
  public var description: String {
    switch self {
    case .cover(let width, let height): "cover:\(width)x\(height)"
    case .width(let width): "width:\(width)"
    case .stripped: "stripped"
    }
  }

  /// Nil where `text` is not one of the spellings above, with sides of 1 to 4096 pixels.
  public init?(_ text: String) {
    func side(_ digits: some StringProtocol) -> Int? {
      guard let value = Int(digits), (1...4096).contains(value), String(value) == digits else { return nil }
      return value
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if text == "stripped" {
      self = .stripped
    } else if parts.count == 2, parts[0] == "width", let width = side(parts[1]) {
      self = .width(width)
    } else if parts.count == 2, parts[0] == "cover" {
      let sides = parts[1].split(separator: "x", omittingEmptySubsequences: false)
      guard sides.count == 2, let width = side(sides[0]), let height = side(sides[1]) else { return nil }
      self = .cover(width: width, height: height)
    } else {
      return nil
    }
  }
}

/// One variant that every image gets.
public struct VariantSpecification: Hashable, Sendable {
  /// Its name in keys and URLs.
  public let name: VariantName
  /// How it is made.
  public let shape: VariantShape

  /// A variant of this name and shape.
  public init(name: VariantName, shape: VariantShape) {
    self.name = name
    self.shape = shape
  }

  /// The type of its bytes: the upload's own where it is stripped, else WebP.
  public func type(for source: FileType) -> FileType { shape == .stripped ? source : .webp }

  /// `thumb` 150×150, `medium` at most 800 wide, and `original`.
  public static let defaults = [
    VariantSpecification(name: .thumb, shape: .cover(width: 150, height: 150)),
    VariantSpecification(name: .medium, shape: .width(800)),
    VariantSpecification(name: .original, shape: .stripped),
  ]
}
