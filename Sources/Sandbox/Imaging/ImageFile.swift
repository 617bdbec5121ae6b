internal import Core

/// An image file, parsed by the structure of its format without decoding pixels.
///
/// The initialiser throws if the image exceeds a limit, before it does other work, and if the structure is damaged in a
/// way that browsers do not overlook. Bytes after the image's end are ignored.
protocol ImageFile {
  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal)

  /// The header's information, before the orientation is applied.
  var outline: Outline { get }

  /// The sizes, in eighths and ascending, to which the decoder can shrink the image while loading, without mixing
  /// transparent and opaque pixels.
  var smallSizes: [Int] { get }

  /// Returns the file without faults that browsers overlook and libvips does not; nil if it has none.
  ///
  /// The returned file keeps the ICC profile. Throws if a part of the picture is missing.
  func mended() throws(Refusal) -> [UInt8]?

  /// Returns the file with its pixels in other codes, for a second attempt if libvips fails; nil if there is no such way.
  func rewritten() throws(Refusal) -> [UInt8]?

  /// True if `firstPicture` decodes the format, and libvips does not.
  var decodesItself: Bool { get }

  /// Returns the first frame in RGB; throws if libvips decodes the format.
  func firstPicture() throws(Refusal) -> Picture

  /// Returns how the samples become colours; `profile` is the embedded ICC profile that libvips reads.
  func colours(of profile: [UInt8]?, _ model: ColourModel) -> Colours

  /// Returns the memory that decoding `pixels` pixels takes, in bytes, beside the file and the scaled image.
  ///
  /// The decoder loads the image in `eighths` of its size.
  func decodingBytes(pixels: Int, eighths: Int) -> Int

  /// Returns the memory that writing the original takes, in bytes, beside a few copies of the file; `isTurned` is true
  /// if the image must be turned upright.
  func writingBytes(pixels: Int, isTurned: Bool) -> Int

  /// Returns a file with exactly the same pixels, without metadata, and with `profile` as its ICC profile.
  func stripped(profile: [UInt8]?) throws(Refusal) -> [UInt8]

  /// Returns a stripped file in which every byte contributes to a pixel.
  ///
  /// Untrusted files need this, because unused bytes can hide another file. If `anew` is true, the pixels are encoded
  /// into other bytes; nil if the format does not allow that without loss.
  func accounted(profile: [UInt8]?, anew: Bool) throws(Refusal) -> [UInt8]?
}

extension ImageFile {
  func mended() throws(Refusal) -> [UInt8]? { nil }
  func rewritten() throws(Refusal) -> [UInt8]? { nil }
  var decodesItself: Bool { false }
  func firstPicture() throws(Refusal) -> Picture { throw .unreadable }
  func colours(of profile: [UInt8]?, _ model: ColourModel) -> Colours { Colours(of: profile, model) }
}

/// The memory of a format that is decoded whole, with four bytes for each pixel.
extension ImageFile {
  func decodingBytes(pixels: Int, eighths: Int) -> Int { 5 * pixels }
  func writingBytes(pixels: Int, isTurned: Bool) -> Int { isTurned ? 10 * pixels : 0 }
}

struct Outline: Hashable {
  var width = 0
  var height = 0
  var frames = 1
  /// The orientation from EXIF, 1 to 8.
  var orientation = 1

  func check(_ limits: DecoderLimits) throws(Refusal) {
    try limits.check(width: width, height: height, frames: frames)
  }
}

/// Returns the file's structure for an image format; nil for a document.
func imageFile(_ type: FileType, _ bytes: [UInt8], limits: DecoderLimits) throws(Refusal) -> (any ImageFile)? {
  switch type {
  case .jpeg: try JPEGFile(bytes[...], limits: limits)
  case .png: try PNGFile(bytes[...], limits: limits)
  case .webp: try WebPFile(bytes[...], limits: limits)
  case .gif: try GIFFile(bytes[...], limits: limits)
  default: nil
  }
}

/// Returns true if an archive program or a PDF viewer could accept the bytes as one of its files.
///
/// A ZIP archive has its end record within the last 65,557 bytes, and its first record anywhere. A PDF has its header
/// within the first kilobyte. An attacker can choose pixels whose correct encoding contains such a record. The four
/// bytes of a ZIP signature alone occur in one honest photo of a thousand, so a first record counts only if its
/// compression method and name length are plausible.
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

/// Returns `file` with only the bytes that its pixels need; throws if another program could take it for its own file.
func accounted(_ file: any ImageFile, _ profile: [UInt8]?) throws(Refusal) -> [UInt8] {
  if let bytes = try file.accounted(profile: profile, anew: false), !holdsOther(bytes) { return bytes }
  guard let bytes = try file.accounted(profile: profile, anew: true), !holdsOther(bytes) else {
    throw Refusal(.unreadable, "its pixels contain a file of another type")
  }
  return bytes
}

/// Returns libvips' output without metadata: the WebP writer of libvips adds EXIF even to images without it.
func stripped(_ bytes: [UInt8], _ type: FileType, profile: [UInt8]?, limits: DecoderLimits) throws(Refusal) -> [UInt8] {
  guard let file = try imageFile(type, bytes, limits: limits) else { throw .unreadable }
  return try checked(file.stripped(profile: profile), type, profile: profile, limits: limits)
}

/// Returns `bytes`; throws if stripping them again would remove anything.
func checked(_ bytes: [UInt8], _ type: FileType, profile: [UInt8]?, limits: DecoderLimits) throws(Refusal) -> [UInt8] {
  guard try imageFile(type, bytes, limits: limits)?.stripped(profile: profile) == bytes else {
    throw Refusal(.unreadable, "metadata in the written \(type.rawValue)")
  }
  return bytes
}

/// Returns the EXIF orientation in a TIFF structure, 1 to 8; 1 if the value is missing or invalid.
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
