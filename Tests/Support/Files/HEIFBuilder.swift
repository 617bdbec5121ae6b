import Foundation

/// Writes HEIC and AVIF files out of coded pictures of 64 × 64 pixels, byte by byte, so that any part can be wrong.
///
/// Source: ISO/IEC 14496-12 (8.11), ISO/IEC 23008-12 (6, 9.3)
public struct HEIFBuilder {
  /// A picture, a grid of pictures, or metadata.
  public struct Item {
    /// The number by which other items refer to this one.
    public var number: Int
    /// The type, such as `hvc1`, `grid` or `Exif`.
    public var type: String
    /// The bytes of the item.
    public var data: [UInt8]
    /// The properties, as whole boxes, in the order in which they apply.
    public var properties: [[UInt8]] = []
    /// The references to other items, by type.
    public var references: [(type: String, to: [Int])] = []
    /// The name, which nothing needs.
    public var name = ""
    /// True if the data lies in the list of items itself.
    public var isInside = false
    /// Another place than the real one.
    public var extents: [(offset: Int, length: Int)]?

    /// Creates an item that refers to no other item.
    public init(_ number: Int, _ type: String, _ data: [UInt8], _ properties: [[UInt8]] = []) {
      self.number = number
      self.type = type
      self.data = data
      self.properties = properties
    }
  }

  /// The coding of the pictures.
  public enum Codec: String, CaseIterable, Sendable { case hevc, av1 }

  /// The brands: the first one, then the compatible ones.
  public var brands: [String]
  /// The number of the picture that a reader shows.
  public var primary = 1
  /// The items, in the order of their data.
  public var items: [Item]
  /// Boxes between the brands and the list of items.
  public var front: [UInt8] = []
  /// Bytes after the last box.
  public var back: [UInt8] = []

  /// Creates a file with the usual brands of its codec.
  public init(_ codec: Codec, _ items: [Item]) {
    brands = codec == .hevc ? ["heic", "mif1", "heic", "miaf"] : ["avif", "avif", "mif1", "miaf"]
    self.items = items
  }

  /// A file with four tiles, red, lime, blue and yellow, in two rows; `properties` apply to the whole.
  public static func grid(_ codec: Codec, width: Int = 128, height: Int = 128, _ properties: [[UInt8]] = [])
    -> HEIFBuilder
  {
    let tiles = (0..<4).map { tile(codec, 2 + $0, colour: $0) }
    let shape = [0, 0, 1, 1] + number(width, 2) + number(height, 2)
    var grid = Item(1, "grid", shape, [size(width, height)] + properties)
    grid.references = [("dimg", [2, 3, 4, 5])]
    grid.isInside = true
    return HEIFBuilder(codec, [grid] + tiles)
  }

  /// A coded picture: 0 is red, 1 lime, 2 blue, 3 yellow.
  public static func tile(_ codec: Codec, _ number: Int, colour: Int) -> Item {
    let configuration = box(codec == .hevc ? "hvcC" : "av1C", coded(codec == .hevc ? hevcParameters : av1Parameters))
    let data = coded((codec == .hevc ? hevcPictures : av1Pictures)[colour])
    return Item(number, codec == .hevc ? "hvc1" : "av01", data, [configuration, size(64, 64)])
  }

  /// The transparency of item `of`: every pixel is half transparent.
  public static func alpha(_ codec: Codec, _ number: Int, of item: Int) -> Item {
    let configuration = box(codec == .hevc ? "hvcC" : "av1C", coded(codec == .hevc ? hevcGrey : av1Grey))
    let kind = Array("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0".utf8)
    var alpha = Item(number, codec == .hevc ? "hvc1" : "av01", coded(codec == .hevc ? hevcHalf : av1Half))
    alpha.properties = [configuration, size(64, 64), full("auxC", kind)]
    alpha.references = [("auxl", [item])]
    return alpha
  }

  // MARK: - Boxes

  /// Returns an integer in `count` bytes, the highest first.
  public static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// Returns a box.
  public static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
    number(content.count + 8, 4) + Array(type.utf8) + content
  }

  /// Returns a box with a version and flags.
  public static func full(_ type: String, version: Int = 0, flags: Int = 0, _ content: [UInt8]) -> [UInt8] {
    box(type, number(version, 1) + number(flags, 3) + content)
  }

  /// Returns the property that states the size of a picture.
  public static func size(_ width: Int, _ height: Int) -> [UInt8] {
    full("ispe", number(width, 4) + number(height, 4))
  }

  /// Quarters of a turn against the clock.
  public static func turn(_ quarters: Int) -> [UInt8] { box("irot", [UInt8(quarters)]) }

  /// 0 exchanges top and bottom, 1 left and right.
  public static func mirror(_ axis: Int) -> [UInt8] { box("imir", [UInt8(axis)]) }

  /// A part of the picture around its centre, moved by an offset.
  public static func cut(_ width: Int, _ height: Int, across: Int = 0, down: Int = 0) -> [UInt8] {
    box("clap", [width, 1, height, 1, across, 1, down, 1].flatMap { number($0, 4) })
  }

  /// The bytes of the file.
  public var bytes: [UInt8] {
    let head = Self.box("ftyp", Array(brands[0].utf8) + [0, 0, 0, 0] + brands.dropFirst().flatMap(\.utf8)) + front
    let start = head.count + meta(0).count + 8
    let inside = items.filter(\.isInside).flatMap(\.data)
    let outside = items.filter { !$0.isInside }.flatMap(\.data)
    return head + meta(start, inside) + Self.box("mdat", outside) + back
  }

  private func meta(_ start: Int, _ inside: [UInt8] = []) -> [UInt8] {
    let kind = [0, 0, 0, 0] + Array("pict".utf8) + [UInt8](repeating: 0, count: 13)
    let data = inside.isEmpty ? items.filter(\.isInside).flatMap(\.data) : inside
    return Self.full(
      "meta",
      Self.full("hdlr", kind) + Self.full("pitm", Self.number(primary, 2)) + locations(start) + types + properties
        + references + Self.box("idat", data)
    )
  }

  private func locations(_ start: Int) -> [UInt8] {
    var (file, idat) = (start, 0)
    var list: [UInt8] = [0x44, 0] + Self.number(items.count, 2)
    for item in items {
      let extents = item.extents ?? [(item.isInside ? idat : file, item.data.count)]
      list += Self.number(item.number, 2) + Self.number(item.isInside ? 1 : 0, 2) + [0, 0]
      list += Self.number(extents.count, 2)
      for extent in extents { list += Self.number(extent.offset, 4) + Self.number(extent.length, 4) }
      if item.isInside { idat += item.data.count } else { file += item.data.count }
    }
    return Self.full("iloc", version: 1, list)
  }

  private var types: [UInt8] {
    let entries = items.map { item in
      let type = Self.number(item.number, 2) + [0, 0] + Array(item.type.utf8) + Array(item.name.utf8) + [0]
      return Self.full("infe", version: 2, type + (item.type == "mime" ? Array("application/rdf+xml\0".utf8) : []))
    }
    return Self.full("iinf", Self.number(items.count, 2) + entries.joined())
  }

  private var properties: [UInt8] {
    var all: [[UInt8]] = []
    var list: [UInt8] = Self.number(items.count, 4)
    for item in items {
      list += Self.number(item.number, 2) + [UInt8(item.properties.count)]
      for property in item.properties {
        let index = all.firstIndex(of: property) ?? all.count
        if index == all.count { all.append(property) }
        list += Self.number(index + 1, 2)
      }
    }
    let container = Self.box("ipco", all.flatMap { $0 })
    return Self.box("iprp", container + Self.full("ipma", flags: 1, list))
  }

  private var references: [UInt8] {
    let all = items.flatMap { item in item.references.map { (item.number, $0.type, $0.to) } }
    guard !all.isEmpty else { return [] }
    let boxes = all.flatMap { from, type, to in
      Self.box(type, Self.number(from, 2) + Self.number(to.count, 2) + to.flatMap { Self.number($0, 2) })
    }
    return Self.full("iref", boxes)
  }

  // MARK: - Coded pictures, made by `heif-enc -q 90`

  private static func coded(_ text: String) -> [UInt8] { Data(base64Encoded: text).map { Array($0) } ?? [] }

  private static let hevcParameters =
    "AQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQCEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgQE"
    + "DAgAAAMACAAAAwAIQCIAAQAHRAHBcrAiQA=="
  private static let hevcPictures = [
    "AAAAGygBrwY4Wvz9N/md7///yvXeh/vYOKrxCY/X4A==", "AAAAGygBrwY4Wvz7V/G3v///lKG///scOKrxCY/X4A==",
    "AAAAGygBrwY4Wvz9N/yxjf5H+yMx//6QCqrxCY/X4A==", "AAAAGygBrwY4Wvz7V/yrk///+yMx6H6QCqrxCY/X4A==",
  ]
  private static let hevcGrey =
    "AQQIAAAAAAAAAAAAHvAA/Pz4+AAADwMgAAEAF0ABDAH//wQIAAADAJ/4AAADAAAeugJAIQABACZCAQEECAAAAwCf+AAAAwAAHsCCBBZbqSSmubAgAAAD"
    + "ACAAAAMAISIAAQAHRAHBcrAiQA=="
  private static let hevcHalf = "AAAACigBrgxwdxkRKJw="
  private static let av1Parameters = "gQAMAA=="
  private static let av1Pictures = [
    "EgAKCRgVf/2CBAQNCDIUEYAAAEC0VVU3sNpUjZwbcbu8SwU=", "EgAKCRgVf/2CBAQNCDIUEYAAAEC0VMuNx17fuhXgGA7RK1g=",
    "EgAKCRgVf/2CBAQNCDIUEYAAAEC0VVTxb5N58dNMvWZzMBU=", "EgAKCRgVf/2CBAQNCDIUEYAAAEC0VMr28UXt7YIw5jtIDRs=",
  ]
  private static let av1Grey = "gQAcAA=="
  private static let av1Half = "EgAKBhgVf/2FQDIIEYAAAQC74Fg="
}
