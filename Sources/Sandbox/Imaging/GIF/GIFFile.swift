internal import Core

/// A GIF file as its blocks.
///
/// Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
struct GIFFile: ImageFile {
  private struct Frame {
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
  }

  let canShrink = false
  private(set) var outline = Outline()
  private let version: ArraySlice<UInt8>
  private let screen: [UInt8]
  private let palette: [UInt8]
  private var loop: [UInt8] = []
  private var frames: [Frame] = []

  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    var scanner = ByteScanner(bytes)
    version = try scanner.take(6)
    screen = Array(try scanner.take(7))
    guard version.equals("GIF87a") || version.equals("GIF89a") else { throw .unreadable }
    outline.width = Int(screen[0]) | Int(screen[1]) << 8
    outline.height = Int(screen[2]) | Int(screen[3]) << 8
    try outline.check(limits)
    palette = Array(try scanner.take(Self.tableLength(screen[4])))
    outline.frames = 0
    var control: [UInt8]?
    while true {
      switch try scanner.byte() {
      case 0x00: continue
      case 0x2C:
        frames.append(try Self.frame(&scanner, control))
        outline.frames += 1
        try outline.check(limits)
        control = nil
      case 0x21:
        let label = try scanner.byte()
        let blocks = try Self.subBlocks(&scanner)
        if label == 0xF9, blocks.count == 1, blocks[0].count == 4 {
          control = Self.plain(control: Array(blocks[0]))
        } else if label == 0x01 {
          control = nil
        } else if label == 0xFF, loop.isEmpty {
          loop = Self.loop(blocks)
        }
      case 0x3B:
        guard outline.frames > 0 else { throw .unreadable }
        return
      default: throw .unreadable
      }
    }
  }

  private static func tableLength(_ flags: UInt8) -> Int { flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1) }

  private static func frame(_ scanner: inout ByteScanner, _ control: [UInt8]?) throws(Refusal) -> Frame {
    var place: [Int] = []
    for _ in 0..<4 { place.append(try scanner.littleEndian(2)) }
    let flags = try scanner.byte()
    let palette = Array(try scanner.take(tableLength(flags)))
    let codeSize = try scanner.byte()
    return Frame(
      place: place,
      isInterlaced: flags & 0x40 != 0,
      palette: palette,
      control: control,
      codeSize: codeSize,
      blocks: try subBlocks(&scanner)
    )
  }

  private static func subBlocks(_ scanner: inout ByteScanner) throws(Refusal) -> [ArraySlice<UInt8>] {
    var blocks: [ArraySlice<UInt8>] = []
    while true {
      let size = Int(try scanner.byte())
      if size == 0 { return blocks }
      blocks.append(try scanner.take(size))
    }
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
      let pixels = try GIFData(codeSize: Int(frame.codeSize), Array(frame.blocks.joined()), pixels: frame.pixels)
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
  ///
  /// The screen's size is the larger of the header's size and the first frame's extent.
  private func isSeen(_ frame: Frame) -> Bool {
    let first = frames[0].place
    return frame.place[0] < max(outline.width, first[0] + first[2])
      && frame.place[1] < max(outline.height, first[1] + first[3])
  }

  private static func blackened(_ palette: [UInt8], but used: [Bool]) -> [UInt8] {
    palette.enumerated().map { used[$0.offset / 3] ? $0.element : 0 }
  }

  private func written(_ palette: [UInt8], _ frames: [Frame], data: (Frame) -> [UInt8]) -> [UInt8] {
    var out = Array(version) + screen.prefix(4)
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
