internal import Core

/// A GIF file as its blocks.
///
/// Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
struct GIFFile: ImageFile {
  struct Frame {
    /// The left edge, top edge, width and height of the frame.
    let place: [Int]
    let isInterlaced: Bool
    /// Empty if the frame uses the global colour table.
    var palette: [UInt8]
    /// The frame's disposal, delay and transparent colour; nil if the file has no control block for the frame.
    let control: [UInt8]?
    let codeSize: UInt8
    let blocks: [ArraySlice<UInt8>]

    var pixels: Int { place[2] * place[3] }

    /// Follows the frame's codes, and decodes its pixels if `isDrawn` is true.
    func data(isDrawn: Bool = false) throws(Refusal) -> GIFData {
      try GIFData(codeSize: Int(codeSize), Array(blocks.joined()), pixels: pixels, isDrawn: isDrawn)
    }
  }

  let smallSizes: [Int] = []
  private(set) var outline = Outline()
  private let version: ArraySlice<UInt8>
  private let screen: [UInt8]
  let palette: [UInt8]
  private(set) var frames: [Frame] = []
  private var loop: [UInt8] = []
  /// The control block for the next frame.
  private var control: [UInt8]?

  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    var scanner = ByteScanner(bytes)
    version = try scanner.take(6)
    screen = Array(try scanner.take(7))
    guard version.equals("GIF87a") || version.equals("GIF89a") else { throw .unreadable }
    outline.width = Int(screen[0]) | Int(screen[1]) << 8
    outline.height = Int(screen[2]) | Int(screen[3]) << 8
    if outline.width > 0, outline.height > 0 { try outline.check(limits) }
    palette = Array(try scanner.take(Self.tableLength(screen[4])))
    outline.frames = 0
    while try takeBlock(&scanner, limits) {}
    guard outline.frames > 0 else { throw .unreadable }
  }

  /// Reads a block; returns false at the end.
  ///
  /// The end is the trailer, or anything else after a whole frame that is neither a frame nor a whole extension.
  private mutating func takeBlock(_ scanner: inout ByteScanner, _ limits: DecoderLimits) throws(Refusal) -> Bool {
    switch try? scanner.byte() {
    case 0x00: return !frames.isEmpty
    case 0x21: return takeExtension(&scanner)
    case 0x2C where scanner.remaining >= 9:
      try takeFrame(&scanner)
      try outline.check(limits)
      return true
    default: return false
    }
  }

  private mutating func takeExtension(_ scanner: inout ByteScanner) -> Bool {
    guard let label = try? scanner.byte() else { return false }
    let (blocks, isWhole) = Self.subBlocks(&scanner)
    guard isWhole else { return false }
    if label == 0xF9, blocks.count == 1, blocks[0].count == 4 {
      control = Self.plain(control: Array(blocks[0]))
    } else if label == 0xFF, loop.isEmpty {
      loop = Self.loop(blocks)
    }
    return true
  }

  private static func tableLength(_ flags: UInt8) -> Int { flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1) }

  private mutating func takeFrame(_ scanner: inout ByteScanner) throws(Refusal) {
    var place: [Int] = []
    for _ in 0..<4 { place.append(try scanner.littleEndian(2)) }
    let flags = try scanner.byte()
    let palette = Array(try scanner.take(Self.tableLength(flags)))
    let codeSize = try scanner.byte()
    let (blocks, isWhole) = Self.subBlocks(&scanner)
    let frame = Frame(
      place: place,
      isInterlaced: flags & 0x40 != 0,
      palette: palette,
      control: control,
      codeSize: codeSize,
      blocks: blocks
    )
    if frames.isEmpty {
      // Browsers enlarge the screen for the first frame.
      outline.width = max(outline.width, place[0] + place[2])
      outline.height = max(outline.height, place[1] + place[3])
    }
    if !isWhole, try frame.data().count < frame.pixels { throw Refusal(.unreadable, "pixels missing") }
    frames.append(frame)
    outline.frames += 1
    control = nil
  }

  /// Returns the data blocks up to their terminator; if the file ends before it, the blocks are not whole.
  private static func subBlocks(_ scanner: inout ByteScanner) -> (blocks: [ArraySlice<UInt8>], isWhole: Bool) {
    var blocks: [ArraySlice<UInt8>] = []
    while let size = try? Int(scanner.byte()) {
      if size == 0 { return (blocks, true) }
      guard let block = try? scanner.take(min(size, scanner.remaining)) else { break }
      blocks.append(block)
    }
    return (blocks, false)
  }

  /// Returns a control block with zeros in all unused bits and bytes.
  private static func plain(control: [UInt8]) -> [UInt8] {
    let hasTransparency = control[0] & 1 != 0
    return [control[0] & 0x1F, control[1], control[2], hasTransparency ? control[3] : 0]
  }

  /// Returns the extension with the loop count, without its other data.
  private static func loop(_ blocks: [ArraySlice<UInt8>]) -> [UInt8] {
    guard let name = blocks.first, name.equals("NETSCAPE2.0") || name.equals("ANIMEXTS1.0"),
      let count = blocks.dropFirst().first(where: { $0.count == 3 && $0.first == 1 })
    else { return [] }
    return [0x21, 0xFF, 11] + name + [3] + count + [0]
  }

  func stripped(profile: [UInt8]?) throws(Refusal) -> [UInt8] {
    written(palette, frames) { [$0.codeSize] + $0.blocks.flatMap { [UInt8($0.count)] + $0 } + [0] }
  }

  func accounted(profile: [UInt8]?, anew: Bool) throws(Refusal) -> [UInt8]? {
    if anew { return nil }
    // The background colour of the screen is visible too, if the file has one.
    var seen = [Bool](repeating: false, count: 256)
    seen[Int(screen[5])] = true
    var kept: [Frame] = []
    var data: [[UInt8]] = []
    for var frame in frames {
      guard frame.pixels > 0, isSeen(frame) else { throw Refusal(.unreadable, "a frame beside the screen") }
      let pixels = try frame.data()
      data.append(pixels.encoded)
      if frame.palette.isEmpty {
        for colour in 0..<256 where pixels.used[colour] { seen[colour] = true }
      } else {
        frame.palette = Self.blackened(frame.palette, but: pixels.used)
      }
      kept.append(frame)
    }
    var next = data.makeIterator()
    return written(Self.blackened(palette, but: seen), kept) { _ in next.next() ?? [] }
  }

  /// True if a part of the frame is on the screen.
  private func isSeen(_ frame: Frame) -> Bool { frame.place[0] < outline.width && frame.place[1] < outline.height }

  private static func blackened(_ palette: [UInt8], but used: [Bool]) -> [UInt8] {
    palette.enumerated().map { used[$0.offset / 3] ? $0.element : 0 }
  }

  private func written(_ palette: [UInt8], _ frames: [Frame], data: (Frame) -> [UInt8]) -> [UInt8] {
    var out = version + littleEndian(outline.width, 2) + littleEndian(outline.height, 2)
    // The bits for colour resolution and sort order have no effect. The background colour is an index of the global
    // table.
    out += palette.isEmpty ? [0, 0, 0] : [screen[4] & 0x87, screen[5], 0]
    out += palette
    out += loop
    for frame in frames {
      if let control = frame.control { out += [0x21, 0xF9, 4] + control + [0] }
      let size = frame.palette.isEmpty ? 0 : 0x80 | UInt8(frame.palette.count.trailingZeroBitCount - 1)
      out += [0x2C] + frame.place.flatMap { littleEndian($0, 2) } + [size | (frame.isInterlaced ? 0x40 : 0)]
      out += frame.palette
      out += data(frame)
    }
    return out + [0x3B]
  }
}
