internal import Core

/// A JPEG file as its segments.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (annex B)
struct JPEGFile: ImageFile {
  /// The maximum number of scans.
  ///
  /// A progressive file can cost a pass over all pixels per scan. Honest encoders write fewer than 20 scans.
  static let maximumScans = 100

  /// The maximum number of segments of an ICC profile, which are numbered with one byte.
  static let maximumProfileSegments = 255

  /// libjpeg computes fewer pixels of each block of 8 × 8.
  ///
  /// It has no fast code for five to seven.
  let smallSizes = [1, 2, 3, 4]
  let bytes: ArraySlice<UInt8>
  let limits: DecoderLimits
  private(set) var outline = Outline()
  private(set) var frame: JPEGFrame?
  private(set) var progress = JPEGProgress(components: 0)
  private(set) var scans: [JPEGScan] = []
  /// True if the scans so far have every bit of every coefficient.
  private var isComplete = false
  private(set) var hasEnd = false
  /// True if bytes between segments belong to none, or if a segment has no room for its length.
  private(set) var hasStrayBytes = false
  /// The segments of the embedded ICC profile, as the file has them.
  private(set) var profileSegments: [ArraySlice<UInt8>] = []
  private var tables = JPEGTables()
  private var sawExif = false
  var hasJFIF = false
  /// True if libjpeg wrote the file in this process, so that its codes and its data have no unneeded bytes.
  var isOwn = false
  var adobeTransform: UInt8?

  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    self.bytes = bytes
    self.limits = limits
    var scanner = ByteScanner(bytes)
    guard try scanner.take(2).elementsEqual([0xFF, 0xD8]) else { throw .unreadable }
    while !hasEnd, let marker = nextMarker(&scanner) {
      if isComplete, marker == 0xDA { throw Refusal(.unreadable, "a scan after the last one") }
      do {
        try takeSegment(marker, &scanner)
      } catch {
        // Decoders show a picture whose scans are complete, whatever follows.
        guard isComplete else { throw error }
        break
      }
    }
    guard !scans.isEmpty, hasEnd || isComplete else { throw Refusal(.unreadable, "no end") }
  }

  /// Returns the next marker, or nil at the end; bytes before it that belong to no segment are skipped, as decoders do.
  private mutating func nextMarker(_ scanner: inout ByteScanner) -> UInt8? {
    let start = scanner.position
    while scanner.remaining >= 2 {
      scanner.skip(to: 0xFF)
      var marker: UInt8 = 0xFF
      while marker == 0xFF {
        guard let next = try? scanner.byte() else { return nil }
        marker = next
      }
      if marker == 0 { continue }
      if scanner.position - 2 != start { hasStrayBytes = true }
      return marker
    }
    return nil
  }

  private mutating func takeSegment(_ marker: UInt8, _ scanner: inout ByteScanner) throws(Refusal) {
    switch marker {
    case 0xD9:
      hasEnd = true
      return
    case 0x01, 0xD0...0xD7:
      hasStrayBytes = true
      return
    case 0xC0...0xFE where marker != 0xC8 && marker != 0xD8: break
    default: throw .unreadable
    }
    let payload = try payload(marker, &scanner)
    switch marker {
    case 0xC4: try tables.takeHuffman(payload)
    case 0xDB: try tables.takeQuantization(payload)
    case 0xDD: try tables.takeRestartInterval(payload)
    case 0xDA: try takeScan(payload, &scanner)
    case 0xCC, 0xDC, 0xFE: break
    case 0xC0...0xCF: try takeFrame(marker, payload, limits)
    case 0xE0...0xEF: takeApplicationData(marker, payload)
    default: throw .unreadable
    }
  }

  /// Returns the data of a segment.
  ///
  /// If decoders do not need the data, they accept a length below 2, and skip the rest of the data like stray bytes.
  private mutating func payload(_ marker: UInt8, _ scanner: inout ByteScanner) throws(Refusal) -> ArraySlice<UInt8> {
    let length = try scanner.bigEndian(2)
    if length < 2, marker >= 0xE0 || marker == 0xDC {
      hasStrayBytes = true
      return []
    }
    return try scanner.take(length - 2)
  }

  /// Reads data that affects the picture; decoders ignore such data after the first scan.
  private mutating func takeApplicationData(_ marker: UInt8, _ payload: ArraySlice<UInt8>) {
    guard scans.isEmpty else { return }
    switch marker {
    case 0xE0: if payload.count >= 14, payload.starts(with: Array("JFIF\0".utf8)) { hasJFIF = true }
    case 0xE1:
      guard !sawExif, payload.starts(with: Array("Exif\0\0".utf8)) else { return }
      sawExif = true
      outline.orientation = exifOrientation(tiff: payload.dropFirst(6))
    case 0xE2:
      guard profileSegments.count < Self.maximumProfileSegments else { return }
      if payload.starts(with: Array("ICC_PROFILE\0".utf8)) { profileSegments.append(payload) }
    case 0xEE:
      if payload.count >= 12, payload.prefix(5).equals("Adobe") { adobeTransform = payload.dropFirst(11).first }
    default: return
    }
  }

  private mutating func takeFrame(_ marker: UInt8, _ payload: ArraySlice<UInt8>, _ limits: DecoderLimits)
    throws(Refusal)
  {
    guard frame == nil else { throw .unreadable }
    let frame = try JPEGFrame(marker, payload)
    outline.height = frame.height
    outline.width = frame.width
    try outline.check(limits)
    self.frame = frame
    progress = JPEGProgress(components: frame.components.count)
  }

  private mutating func takeScan(_ payload: ArraySlice<UInt8>, _ scanner: inout ByteScanner) throws(Refusal) {
    guard let frame else { throw .unreadable }
    guard scans.count < Self.maximumScans else { throw Refusal(.unreadable, "too many scans") }
    var scan = try JPEGScan(payload, frame, tables)
    if frame.isFollowed { try scan.note(in: &progress) }
    scan.data = Self.scanData(&scanner)
    scans.append(scan)
    isComplete = frame.isFollowed && frame.components.indices.allSatisfy { progress.isWhole(0...63, of: $0) }
  }

  /// Returns the bytes up to the marker that ends a scan, or to the end of the file.
  private static func scanData(_ scanner: inout ByteScanner) -> ArraySlice<UInt8> {
    let start = scanner.position
    while true {
      scanner.skip(to: 0xFF)
      let end = scanner.position
      guard let pair = try? scanner.take(2) else { return scanner.bytes[start..<end] }
      switch pair[pair.startIndex + 1] {
      case 0x00, 0xD0...0xD7: continue
      case 0xFF: scanner.rewind(to: end + 1)
      default:
        scanner.rewind(to: end)
        return scanner.bytes[start..<end]
      }
    }
  }
}
