import Core
import TestSupport
import Testing

@testable import Imaging

struct HostileHEIFTests {
  private typealias Builder = HEIFBuilder

  private static func refusal(
    _ file: HEIFBuilder,
    as type: FileType = .heic,
    limits: DecoderLimits = DecoderLimits()
  ) throws -> RejectionReason? {
    try Judging(limits: limits).refusal(file.bytes, as: type)
  }

  /// A file with one picture, changed by `change`.
  private static func single(_ codec: HEIFBuilder.Codec = .hevc, _ change: (inout HEIFBuilder) -> Void = { _ in })
    -> HEIFBuilder
  {
    var file = HEIFBuilder(codec, [HEIFBuilder.tile(codec, 1, colour: 0)])
    change(&file)
    return file
  }

  @Test func `a whole file is accepted as its own type only`() throws {
    for (codec, type) in [(HEIFBuilder.Codec.hevc, FileType.heic), (.av1, .avif)] {
      #expect(try Self.refusal(Self.single(codec), as: type) == nil)
      for other in FileType.allCases where other.isImage && other != type {
        #expect(try Self.refusal(Self.single(codec), as: other) == .typeMismatch)
      }
      var general = Self.single(codec)
      general.brands = ["mif1"] + general.brands
      #expect(try Self.refusal(general, as: type) == nil)
      var disguised = Self.single(codec)
      disguised.brands = Self.single(codec == .hevc ? .av1 : .hevc).brands
      #expect(try Self.refusal(disguised, as: type) == .typeMismatch)
      #expect(try Self.refusal(disguised, as: codec == .hevc ? .avif : .heic) == .typeMismatch)
    }
  }

  @Test(arguments: HEIFBuilder.Codec.allCases)
  func `a file that ends early is refused at every length`(codec: HEIFBuilder.Codec) throws {
    let judging = try Judging()
    let bytes = HEIFBuilder.grid(codec).bytes
    let type: FileType = codec == .hevc ? .heic : .avif
    for length in stride(from: 0, to: bytes.count, by: 3) {
      #expect(judging.refusal(Array(bytes.prefix(length)), as: type) != nil, "\(length) of \(bytes.count)")
    }
    #expect(judging.refusal(bytes + [0, 0, 0, 3] + Array("free".utf8), as: type) == nil, "rubbish after the end")
  }

  @Test(arguments: HEIFBuilder.Codec.allCases)
  func `sizes are refused by the limits before a pixel is decoded`(codec: HEIFBuilder.Codec) throws {
    let type: FileType = codec == .hevc ? .heic : .avif
    let sizes = [(20_001, 64), (16_384, 1000), (12_000, 8000), (6500, 64), (100_000, 100_000), (1 << 31, 1 << 31)]
    for (width, height) in sizes {
      let alone = Self.single(codec) { $0.items[0].properties[1] = Builder.size(width, height) }
      #expect(try Self.refusal(alone, as: type) == .dimensionsExceeded, "\(width)×\(height)")
    }
    var grid = Builder.grid(codec)
    grid.items[0].properties[0] = Builder.size(20_000, 20_000)
    grid.items[0].data = [0, 1, 255, 255] + Builder.number(20_000, 4) + Builder.number(20_000, 4)
    #expect(try Self.refusal(grid, as: type) == .dimensionsExceeded)
    let few = DecoderLimits(maximumPixels: 4095)
    #expect(try Self.refusal(Self.single(codec), as: type, limits: few) == .dimensionsExceeded)
    #expect(try Self.refusal(Self.single(codec), as: type, limits: DecoderLimits(maximumPixels: 4096)) == nil)
    for size in [(0, 64), (64, 0)] {
      let none = Self.single(codec) { $0.items[0].properties[1] = Builder.size(size.0, size.1) }
      #expect(try Self.refusal(none, as: type) == .unreadable)
    }
  }

  @Test(arguments: HEIFBuilder.Codec.allCases)
  func `coded pictures of another size than stated are refused`(codec: HEIFBuilder.Codec) throws {
    let type: FileType = codec == .hevc ? .heic : .avif
    let large = Self.single(codec) { $0.items[0].properties[1] = Builder.size(128, 128) }
    #expect(try Self.refusal(large, as: type) == .unreadable)
    // Codecs fill up their last block, so a few pixels more are honest.
    let cut = Self.single(codec) { $0.items[0].properties[1] = Builder.size(61, 63) }
    #expect(try Self.refusal(cut, as: type) == nil)
  }

  /// Changes that make a grid of four tiles refuse.
  private static let faults: [(String, @Sendable (inout HEIFBuilder) -> Void)] = [
    ("no primary picture", { $0.primary = 77 }),
    ("a primary picture that is metadata", { $0.items[0].type = "Exif" }),
    ("two items of one number", { $0.items[1].number = 3 }),
    ("no size", { $0.items[0].properties = [] }),
    ("another size", { $0.items[0].properties = [Builder.size(127, 128)] }),
    ("a grid of itself", { $0.items[0].references = [("dimg", [1, 1, 1, 1])] }),
    ("a grid in a grid", { $0.items[2].type = "grid" }),
    ("tiles that are missing", { $0.items[0].references = [("dimg", [2, 3, 4])] }),
    ("tiles that are unknown", { $0.items[0].references = [("dimg", [2, 3, 4, 99])] }),
    ("tiles that differ", { $0.items[4].properties[1] = Builder.size(64, 60) }),
    ("tiles that leave a gap", { $0.items[0] = gap }),
    ("a tile beyond the file", { $0.items[3].extents = [(1 << 20, 30)] }),
    ("a tile of the whole address space", { $0.items[3].extents = [(0xFFFF_FFFF, 0xFFFF_FFFF)] }),
    ("a tile in 33 parts", { $0.items[3].extents = Array(repeating: (0, 1), count: 33) }),
    ("bytes used again and again", { $0.items[3].extents = Array(repeating: (0, 900), count: 32) }),
    ("no parameters", { $0.items[3].properties.removeFirst() }),
    ("an essential property that nobody knows", { $0.items[0].properties.append(Builder.box("iscl", [0, 0])) }),
    ("a cut beyond the picture", { $0.items[0].properties.append(Builder.cut(129, 128)) }),
    ("a cut of nothing", { $0.items[0].properties.append(Builder.cut(0, 128)) }),
    ("a cut moved out", { $0.items[0].properties.append(Builder.cut(64, 64, across: 33)) }),
    ("pictures over pictures", { $0.items[0].type = "iovl" }),
    ("4,097 items", { $0.items += (100..<4197).map { Builder.Item($0, "Exif", []) } }),
  ]

  private static var gap: HEIFBuilder.Item {
    var grid = HEIFBuilder.grid(.hevc, width: 129, height: 128).items[0]
    grid.data = [0, 0, 1, 1] + HEIFBuilder.number(129, 2) + HEIFBuilder.number(128, 2)
    return grid
  }

  @Test(arguments: HEIFBuilder.Codec.allCases)
  func `lists that contradict themselves are refused`(codec: HEIFBuilder.Codec) throws {
    // dav1d reads the parameters from the picture's data.
    for (name, change) in Self.faults where codec == .hevc || name != "no parameters" {
      var file = HEIFBuilder.grid(codec)
      change(&file)
      let isEssential = name.contains("essential")
      let bytes = isEssential ? Self.essential(file.bytes) : file.bytes
      let reason = try Judging().refusal(bytes, as: codec == .hevc ? .heic : .avif)
      #expect(reason == .unreadable, "\(name): \(reason?.rawValue ?? "ready")")
    }
  }

  /// Returns the file with the second property of its first item marked as essential.
  private static func essential(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let list = Array("ipma".utf8)
    guard let start = (0..<bytes.count - 4).first(where: { Array(bytes[$0..<$0 + 4]) == list }) else { return [] }
    // After the type: version and flags, count, number of the item, number of properties, the first property.
    bytes[start + 4 + 4 + 4 + 2 + 1 + 2] |= 0x80
    return bytes
  }

  @Test func `many tiles of one long item are refused before they are copied`() throws {
    let unit = HEIFBuilder.tile(.hevc, 1, colour: 0).data
    var tile = HEIFBuilder.tile(.hevc, 2, colour: 0)
    tile.data =
      unit
      + Array(
        [[UInt8]](repeating: HEIFBuilder.number(1000, 4) + [0x2A] + Array(repeating: 1, count: 999), count: 2000)
          .joined()
      )
    var file = HEIFBuilder.grid(.hevc, width: 2048, height: 2048)
    file.items[0].data = [0, 0, 31, 31] + HEIFBuilder.number(2048, 2) + HEIFBuilder.number(2048, 2)
    file.items[0].references = [("dimg", Array(repeating: 2, count: 1024))]
    file.items[1] = tile
    #expect(try Self.refusal(file) == .unreadable)
    file.items[1].data = unit
    #expect(try Self.refusal(file) == nil, "1,024 tiles of 31 bytes")
  }

  @Test func `a picture derived from a picture is shown, and a circle of them is refused`() throws {
    func chain(_ targets: [Int]) -> HEIFBuilder {
      var items = targets.enumerated().map { index, target in
        var item = HEIFBuilder.Item(index + 1, "iden", [], [HEIFBuilder.size(64, 64)])
        item.references = [("dimg", [target])]
        return item
      }
      items.append(HEIFBuilder.tile(.hevc, 50, colour: 0))
      return HEIFBuilder(.hevc, items)
    }
    #expect(try Self.refusal(chain([50])) == nil)
    #expect(try Self.refusal(chain([2, 3, 50])) == nil)
    #expect(try Self.refusal(chain([1])) == .unreadable)
    #expect(try Self.refusal(chain([2, 1])) == .unreadable)
    #expect(try Self.refusal(chain(Array(2...100))) == .unreadable)
  }

  @Test(arguments: [
    [0, 0, 0, 7] + Array("meta".utf8), [0, 0, 0, 1] + Array("meta".utf8) + [UInt8](repeating: 0xFF, count: 8),
    [0, 0, 0, 1] + Array("meta".utf8) + [0, 0, 0, 0, 0, 0, 0, 8], [0xFF, 0xFF, 0xFF, 0xFF] + Array("meta".utf8),
    [0, 0, 0, 0] + Array("meta".utf8), [0, 0, 0, 12] + Array("meta".utf8) + [0, 0, 0, 0], [],
    Array([[UInt8]](repeating: [0, 0, 0, 8] + Array("free".utf8), count: 5000).joined()),
  ])
  func `boxes of impossible lengths are refused`(boxes: [UInt8]) throws {
    let head = HEIFBuilder.box("ftyp", Array("heic\0\0\0\0mif1heic".utf8))
    #expect(try Judging().refusal(head + boxes, as: .heic) == .unreadable)
  }

  @Test func `HEVC data that lack a part of the picture are refused`() throws {
    let whole = HEIFBuilder.tile(.hevc, 1, colour: 0).data
    for length in 8..<whole.count - 4 {
      let shorter = HEIFBuilder.number(length, 4) + whole[4..<4 + length]
      let file = Self.single { $0.items[0].data = shorter }
      if length < whole.count - 12 { #expect(try Self.refusal(file) == .unreadable, "\(length) of \(whole.count - 4)") }
    }
  }
}
