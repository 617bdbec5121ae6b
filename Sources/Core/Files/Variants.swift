/// The name of a variant in object keys and URLs: `[a-z][a-z0-9-]{0,31}`.
public struct VariantName: Hashable, Sendable, CustomStringConvertible {
  /// The name as text.
  public let description: String

  /// Nil if `text` does not match `[a-z][a-z0-9-]{0,31}`.
  public init?(_ text: String) {
    let lower = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard (1...32).contains(text.utf8.count), let first = text.utf8.first, lower.contains(first),
      text.utf8.allSatisfy({ lower.contains($0) || digit.contains($0) || $0 == UInt8(ascii: "-") })
    else { return nil }
    description = text
  }

  /// The uploaded image without metadata, in its own format if Stowage writes that format; every image has this variant.
  public static let original = VariantName(literal: "original")
  /// The small square preview.
  public static let thumb = VariantName(literal: "thumb")
  /// The image at page width.
  public static let medium = VariantName(literal: "medium")

  private init(literal: String) { description = literal }
}

/// The way in which a variant is rendered from an image.
///
/// ```swift
/// VariantShape("cover:150x150")  // .cover(width: 150, height: 150)
/// VariantShape("width:5000")  // nil: a side has at most 4096 pixels
/// ```
public enum VariantShape: Hashable, Sendable, CustomStringConvertible {
  /// Scaled down and cropped at the centre to this aspect ratio and at most this size in pixels.
  case cover(width: Int, height: Int)
  /// Scaled down to at most this width in pixels, and to at most 16,383 pixels of height, the most that WebP can hold.
  case width(Int)
  /// The pixels and size of the upload, without metadata.
  case stripped

  /// The shape as the configuration writes it: `cover:150x150`, `width:800` or `stripped`.
  public var description: String {
    switch self {
    case .cover(let width, let height): "cover:\(width)x\(height)"
    case .width(let width): "width:\(width)"
    case .stripped: "stripped"
    }
  }

  /// The longest side that a shape can ask for, in pixels.
  public static let longestSide = 4096

  /// Nil unless `text` is `cover:WxH`, `width:W` or `stripped`, with sides of 1 to `longestSide` pixels.
  public init?(_ text: String) {
    func side(_ digits: some StringProtocol) -> Int? {
      guard let value = Int(digits), (1...Self.longestSide).contains(value), String(value) == digits else { return nil }
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

/// The name and shape of a variant that Stowage renders of every image.
public struct VariantSpecification: Hashable, Sendable {
  /// The name of the variant in object keys and URLs.
  public let name: VariantName
  /// The way in which the variant is rendered.
  public let shape: VariantShape

  /// Creates the specification of a variant.
  public init(name: VariantName, shape: VariantShape) {
    self.name = name
    self.shape = shape
  }

  /// Returns the possible types of the variant: those of an original for `stripped`, otherwise WebP.
  public func types(for source: FileType) -> [FileType] { shape == .stripped ? source.originalTypes : [.webp] }

  /// The default variants: `thumb` at 150×150, `medium` at most 800 pixels wide, and `original`.
  public static let defaults = [
    VariantSpecification(name: .thumb, shape: .cover(width: 150, height: 150)),
    VariantSpecification(name: .medium, shape: .width(800)),
    VariantSpecification(name: .original, shape: .stripped),
  ]
}
