internal import Core

/// An image file taken apart along its format's own structure, without decoding a pixel.
///
/// Reading one refuses what is over a limit, and that first, and what is cut short or damaged in its structure; whatever
/// follows the image's end is not part of it.
protocol ImageFile {
  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal)

  /// What the header says, before any orientation is applied.
  var outline: Outline { get }

  /// Whether its decoder can make it smaller on the way in, without mixing what is transparent into what is not.
  var canShrink: Bool { get }

  /// The same pixels, bit for bit, without the parts that are not needed to show them; with `profile` as ICC profile.
  func stripped(profile: [UInt8]?) throws(Refusal) -> [UInt8]

  /// The same, and within the parts that are needed no byte that no pixel needs: for files that a stranger wrote.
  ///
  /// `anew` asks for other bytes where the format allows it without loss; nil where it does not.
  func accounted(profile: [UInt8]?, anew: Bool) throws(Refusal) -> [UInt8]?
}

struct Outline: Hashable {
  var width = 0
  var height = 0
  var frames = 1
  /// EXIF's orientation, 1 to 8.
  var orientation = 1

  func check(_ limits: DecoderLimits) throws(Refusal) {
    try limits.check(width: width, height: height, frames: frames)
  }
}

/// The file's structure by its format; nil for a document.
func imageFile(_ type: FileType, _ bytes: [UInt8], limits: DecoderLimits) throws(Refusal) -> (any ImageFile)? {
  switch type {
  case .jpeg: try JPEGFile(bytes[...], limits: limits)
  case .png: try PNGFile(bytes[...], limits: limits)
  case .webp: try WebPFile(bytes[...], limits: limits)
  case .gif: try GIFFile(bytes[...], limits: limits)
  default: nil
  }
}

/// Whether readers of archives or of PDF may take it for one of theirs: a ZIP archive's last record stands in the last
/// 64 kB and some, its first one anywhere, or a PDF's header in the first kilobyte.
///
/// Pixels can be chosen so that an honest encoding of them holds one. Four bytes alone stand in one honest photo of a
/// thousand: a first record counts where its method and the length of its name make sense.
/// Sources: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.7, 4.3.16, 4.4.5), ISO 32000-1 (H.3, 13)
func holdsOther(_ bytes: [UInt8]) -> Bool {
  holds(0x25, in: bytes.prefix(1024)) { $0.prefix(5).equals("%PDF-") }
    || holds(0x50, in: bytes.suffix(65_557)) { $0.prefix(4).equals("PK\u{5}\u{6}") }
    || holds(0x50, in: bytes[...], isFirstRecord)
}

private func isFirstRecord(_ rest: ArraySlice<UInt8>) -> Bool {
  guard rest.prefix(4).equals("PK\u{3}\u{4}"), rest.count > 30 else { return false }
  let head = Array(rest.prefix(30))
  let knownMethods = Set<UInt8>([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 18, 19, 20, 92, 93, 94, 95, 96, 97, 98, 99])
  return head[9] == 0 && knownMethods.contains(head[8]) && head[27] == 0 && head[26] > 0
}

private func holds(_ first: UInt8, in bytes: ArraySlice<UInt8>, _ test: (ArraySlice<UInt8>) -> Bool) -> Bool {
  var scanner = ByteScanner(bytes)
  while true {
    scanner.skip(to: first)
    let rest = bytes[scanner.position...]
    if rest.isEmpty { return false }
    if test(rest) { return true }
    scanner.rewind(to: scanner.position + 1)
  }
}

/// What libvips wrote, without what it added: its WebP writer puts EXIF even into images that never had any.
func stripped(_ bytes: [UInt8], _ type: FileType, profile: [UInt8]?, limits: DecoderLimits) throws(Refusal) -> [UInt8] {
  guard let file = try imageFile(type, bytes, limits: limits) else { throw .unreadable }
  return try checked(file.stripped(profile: profile), type, profile: profile, limits: limits)
}

/// The same bytes; fails where they hold anything that stripping them again would take away.
func checked(_ bytes: [UInt8], _ type: FileType, profile: [UInt8]?, limits: DecoderLimits) throws(Refusal) -> [UInt8] {
  guard try imageFile(type, bytes, limits: limits)?.stripped(profile: profile) == bytes else {
    throw Refusal(.unreadable, "metadata in the written \(type.rawValue)")
  }
  return bytes
}

/// EXIF's orientation in a TIFF structure: 1 to 8, and 1 where there is none that makes sense.
///
/// Source: https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E (4.6.5, tag 0x0112)
func exifOrientation(tiff: ArraySlice<UInt8>) -> Int {
  func number(_ offset: Int, _ count: Int, _ little: Bool) -> Int? {
    guard offset >= 0, offset + count <= tiff.count else { return nil }
    let field = tiff.dropFirst(offset).prefix(count)
    return little ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
  }
  let little = tiff.prefix(2).equals("II")
  guard little || tiff.prefix(2).equals("MM"), number(2, 2, little) == 42, let start = number(4, 4, little),
    let entries = number(start, 2, little)
  else { return 1 }
  for index in 0..<entries {
    let entry = start + 2 + 12 * index
    guard let tag = number(entry, 2, little) else { return 1 }
    guard tag == 0x0112 else { continue }
    guard number(entry + 2, 2, little) == 3, let value = number(entry + 8, 2, little), (1...8).contains(value) else {
      return 1
    }
    return value
  }
  return 1
}
