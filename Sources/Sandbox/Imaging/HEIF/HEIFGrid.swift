internal import CVips
internal import Core

/// Tiles of one size in rows and columns; a picture without tiles is one tile.
///
/// Source: ISO/IEC 23008-12 (6.6.2.3)
struct HEIFGrid {
  /// The maximum number of tiles: a picture of 64 million pixels has 1,000 tiles of 256 × 256.
  private static let mostTiles = 4096
  /// The bytes that tiles may use more often than twice: small tiles of one colour can be the same item.
  private static let sharedBytes = 1 << 20

  let width: Int
  let height: Int
  /// The properties of the first tile; empty for a picture without tiles.
  let tileProperties: [MediaBox]
  private let columns: Int
  private let tiles: [CodedPart]

  init(_ items: HEIFItems, _ item: Int, _ codec: CodedPart.Codec, _ limits: DecoderLimits) throws(Refusal) {
    let coded = codec == .hevc ? "hvc1" : "av01"
    let size = try Self.size(of: item, items)
    try limits.check(width: size.width, height: size.height, frames: 1)
    (width, height) = size
    switch items.type(of: item) {
    case coded:
      columns = 1
      tileProperties = []
      tiles = [try CodedPart(items, item, codec, size)]
    case "grid":
      let shape = try Self.shape(items.bytes(of: item))
      guard shape.width == width, shape.height == height else { throw Refusal(.unreadable, "two sizes of a grid") }
      let targets = items.targets(of: item, "dimg")
      guard targets.count == shape.rows * shape.columns, targets.count <= Self.mostTiles, let first = targets.first
      else { throw Refusal(.unreadable, "tiles that do not fill a grid") }
      let tile = try Self.size(of: first, items)
      guard tile.width * shape.columns >= width, tile.height * shape.rows >= height,
        tile.width * (shape.columns - 1) < width, tile.height * (shape.rows - 1) < height
      else { throw Refusal(.unreadable, "tiles that do not fill a grid") }
      columns = shape.columns
      tileProperties = try items.properties(of: first)
      // A file can name the same bytes for every tile, so their sum is limited before they are copied.
      var left = 2 * items.fileLength + Self.sharedBytes
      tiles = try targets.map { (target) throws(Refusal) in
        guard items.type(of: target) == coded, try Self.size(of: target, items) == tile else {
          throw Refusal(.unreadable, "tiles that differ")
        }
        let part = try CodedPart(items, target, codec, tile)
        left -= part.count
        guard left >= 0 else { throw Refusal(.unreadable, "bytes used repeatedly") }
        return part
      }
    case "hvc1", "av01": throw Refusal(.typeMismatch, "another codec")
    case let other: throw Refusal(.unreadable, "a picture of the kind \(other ?? "none")")
    }
  }

  /// Returns the decoded tile at `index`, and where it lies.
  func tile(_ index: Int) throws(Refusal) -> (picture: CodedPicture, left: Int, top: Int) {
    let part = tiles[index]
    return (try part.decoded(), index % columns * part.width, index / columns * part.height)
  }

  var indices: Range<Int> { tiles.indices }

  private static func size(of item: Int, _ items: HEIFItems) throws(Refusal) -> (width: Int, height: Int) {
    guard let box = try items.properties(of: item).first(where: { $0.type == "ispe" }) else {
      throw Refusal(.unreadable, "no size")
    }
    var scanner = try box.full().scanner
    return (try scanner.bigEndian(4), try scanner.bigEndian(4))
  }

  private static func shape(_ bytes: ArraySlice<UInt8>) throws(Refusal)
    -> (rows: Int, columns: Int, width: Int, height: Int)
  {
    var scanner = ByteScanner(bytes)
    guard try scanner.byte() == 0 else { throw .unreadable }
    let size = try scanner.byte() & 1 == 0 ? 2 : 4
    let (rows, columns) = (Int(try scanner.byte()) + 1, Int(try scanner.byte()) + 1)
    return (rows, columns, try scanner.bigEndian(size), try scanner.bigEndian(size))
  }
}
