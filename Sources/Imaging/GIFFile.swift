internal import Core

/// A GIF as its blocks.
///
/// Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
struct GIFFile: ImageFile {
  let canShrink = false
  private(set) var outline = Outline()
  private var kept: [ArraySlice<UInt8>] = []

  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    var scanner = ByteScanner(bytes)
    let head = try scanner.take(13)
    let fields = Array(head)
    guard head.prefix(6).equals("GIF87a") || head.prefix(6).equals("GIF89a") else { throw .unreadable }
    outline.width = Int(fields[6]) | Int(fields[7]) << 8
    outline.height = Int(fields[8]) | Int(fields[9]) << 8
    try outline.check(limits)
    kept.append(head)
    kept.append(try scanner.take(Self.tableLength(fields[10])))
    outline.frames = 0
    var control: ArraySlice<UInt8> = []
    while true {
      let start = scanner.position
      switch try scanner.byte() {
      case 0x00: continue
      case 0x2C:
        let descriptor = try scanner.take(9)
        _ = try scanner.take(Self.tableLength(descriptor[descriptor.endIndex - 1]) + 1)
        _ = try Self.subBlocks(&scanner)
        outline.frames += 1
        try outline.check(limits)
        kept.append(control)
        kept.append(bytes[start..<scanner.position])
        control = []
      case 0x21:
        let label = try scanner.byte()
        let blocks = try Self.subBlocks(&scanner)
        if label == 0xF9, blocks.count == 1, blocks[0].count == 4 {
          control = bytes[start..<scanner.position]
        } else if label == 0x01 {
          control = []
        } else if label == 0xFF, let loop = Self.loop(blocks) {
          kept.append(loop)
        }
      case 0x3B:
        guard outline.frames > 0 else { throw .unreadable }
        return
      default: throw .unreadable
      }
    }
  }

  private static func tableLength(_ flags: UInt8) -> Int { flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1) }

  private static func subBlocks(_ scanner: inout ByteScanner) throws(Refusal) -> [ArraySlice<UInt8>] {
    var blocks: [ArraySlice<UInt8>] = []
    while true {
      let size = Int(try scanner.byte())
      if size == 0 { return blocks }
      blocks.append(try scanner.take(size))
    }
  }

  /// The extension that says how often to play, and no more of it than that.
  private static func loop(_ blocks: [ArraySlice<UInt8>]) -> ArraySlice<UInt8>? {
    guard let name = blocks.first, name.equals("NETSCAPE2.0") || name.equals("ANIMEXTS1.0"),
      let count = blocks.dropFirst().first(where: { $0.count == 3 && $0.first == 1 })
    else { return nil }
    return [0x21, 0xFF, 11] + name + [3] + count + [0]
  }

  func stripped(profile: [UInt8]?) -> [UInt8] { Array(kept.joined()) + [0x3B] }

  func accounted(profile: [UInt8]?) throws(Refusal) -> [UInt8] { stripped(profile: profile) }
}
