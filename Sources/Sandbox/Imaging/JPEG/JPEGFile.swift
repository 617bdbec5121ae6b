internal import CVips
internal import Core
internal import Glibc

/// A JPEG file as its segments.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (annex B)
struct JPEGFile: ImageFile {
  /// The maximum number of scans.
  ///
  /// A progressive file can cost a pass over all pixels per scan. Honest encoders write fewer than 20 scans.
  static let maximumScans = 100

  let canShrink = true
  private(set) var outline = Outline()
  private let bytes: ArraySlice<UInt8>
  private let limits: DecoderLimits
  private var frame: JPEGFrame?
  private var progress = JPEGProgress(components: 0)
  private var scans: [JPEGScan] = []
  private var hasJFIF = false
  private var adobeTransform: UInt8?

  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    self.bytes = bytes
    self.limits = limits
    var scanner = ByteScanner(bytes)
    guard try scanner.take(2).elementsEqual([0xFF, 0xD8]) else { throw .unreadable }
    var tables = JPEGTables()
    var sawExif = false
    while true {
      let marker = try Self.nextMarker(&scanner)
      switch marker {
      case 0xD9:
        guard !scans.isEmpty else { throw .unreadable }
        return
      case 0x01, 0xD0...0xD7: continue
      case 0xC0...0xFE where marker != 0xC8 && marker != 0xD8: break
      default: throw .unreadable
      }
      let length = try scanner.bigEndian(2)
      let payload = try scanner.take(length - 2)
      switch marker {
      case 0xC4: try tables.takeHuffman(payload)
      case 0xDB: try tables.takeQuantization(payload)
      case 0xDD: try tables.takeRestartInterval(payload)
      case 0xDA: try takeScan(payload, tables, &scanner)
      case 0xCC, 0xDC: break
      case 0xC0...0xCF: try takeFrame(marker, payload, limits)
      case 0xE0: if payload.starts(with: Array("JFIF\0".utf8)) { hasJFIF = true }
      case 0xE1:
        guard !sawExif, payload.starts(with: Array("Exif\0\0".utf8)) else { break }
        sawExif = true
        outline.orientation = exifOrientation(tiff: payload.dropFirst(6))
      case 0xEE:
        if payload.count >= 12, payload.prefix(5).equals("Adobe") { adobeTransform = payload.dropFirst(11).first }
      case 0xE2...0xEF, 0xFE: break
      default: throw .unreadable
      }
    }
  }

  /// Returns the next marker; bytes before it that belong to no segment are skipped, as decoders do.
  private static func nextMarker(_ scanner: inout ByteScanner) throws(Refusal) -> UInt8 {
    while true {
      scanner.skip(to: 0xFF)
      var marker: UInt8 = 0xFF
      while marker == 0xFF { marker = try scanner.byte() }
      if marker != 0 { return marker }
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

  private mutating func takeScan(_ payload: ArraySlice<UInt8>, _ tables: JPEGTables, _ scanner: inout ByteScanner)
    throws(Refusal)
  {
    guard let frame else { throw .unreadable }
    guard scans.count < Self.maximumScans else { throw Refusal(.unreadable, "too many scans") }
    var scan = try JPEGScan(payload, frame, tables)
    if frame.isFollowed { try scan.note(in: &progress) }
    let start = scanner.position
    while true {
      scanner.skip(to: 0xFF)
      let end = scanner.position
      let pair = try scanner.take(2)
      switch pair[pair.startIndex + 1] {
      case 0x00, 0xD0...0xD7: continue
      case 0xFF: scanner.rewind(to: end + 1)
      default:
        scan.data = scanner.bytes[start..<end]
        scanner.rewind(to: end)
        scans.append(scan)
        return
      }
    }
  }

  func stripped(profile: [UInt8]?) throws(Refusal) -> [UInt8] {
    guard let frame, frame.isFollowed else { throw .unreadable }
    return try written(profile, frame, scans, steps: { $0.bytes }) { $0.whole }
  }

  func accounted(profile: [UInt8]?, anew: Bool) throws(Refusal) -> [UInt8]? {
    if !anew, let bytes = try exact(profile: profile) { return bytes }
    // Arithmetic codes, ambiguous codes and damage: libjpeg decodes the file and encodes it again with its own codes.
    var file = try JPEGFile(recoded()[...], limits: limits)
    file.hasJFIF = hasJFIF
    file.adobeTransform = adobeTransform
    guard let bytes = try file.exact(profile: profile) else { throw Refusal(.unreadable, "written anew, and damaged") }
    return bytes
  }

  /// Returns the file without bytes that no block needs; nil if a scan is damaged or ambiguous.
  private func exact(profile: [UInt8]?) throws(Refusal) -> [UInt8]? {
    guard let frame, frame.isFollowed else { return nil }
    // If a progressive file omits low frequencies, libjpeg estimates them from their quantization steps.
    var met: [UInt64] = frame.components.indices.map { (component) in
      frame.isProgressive && !progress.isWhole(1...9, of: component) ? 0x3FF : 1
    }
    var masks = [[UInt64]](repeating: [], count: frame.components.count)
    var exact: [JPEGScan] = []
    for var scan in scans {
      guard let data = try scan.accounted(frame, masks: &masks, met: &met) else { return nil }
      scan.data = data
      exact.append(scan)
    }
    if exact.contains(where: \.isAmbiguous) { return nil }
    return try written(
      profile,
      frame,
      exact,
      steps: { (steps) in
        let users = frame.components.indices.filter { frame.components[$0].quantization == steps.number }
        return steps.needed(users.reduce(0) { $0 | met[$1] })
      }
    ) { $0.needed }
  }

  private func recoded() throws(Refusal) -> [UInt8] {
    var length = 0
    let data = bytes.withUnsafeBytes { cvips_recode_jpeg($0.baseAddress, $0.count, &length) }
    guard let data else { throw Refusal(.unreadable, "cannot be written anew") }
    defer { free(data) }
    return Array(UnsafeRawBufferPointer(start: data, count: length))
  }

  /// Writes each table before the first scan that uses it.
  private func written(
    _ profile: [UInt8]?,
    _ frame: JPEGFrame,
    _ scans: [JPEGScan],
    steps: (JPEGSteps) -> [UInt8],
    codes table: (JPEGHuffmanTable) -> [UInt8]
  ) throws(Refusal) -> [UInt8] {
    var out: [UInt8] = [0xFF, 0xD8]
    if hasJFIF {
      // The JFIF values are version 1.1, no unit, square pixels, no thumbnail.
      out += [0xFF, 0xE0, 0, 16] + Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0]
    }
    if let adobeTransform {
      out += [0xFF, 0xEE, 0, 14] + Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, adobeTransform]
    }
    out += profile.map(Self.profileSegments) ?? []
    out.reserveCapacity(out.count + scans.reduce(4096) { $0 + $1.data.count + 4096 })
    var done = JPEGTables()
    var written: [Int: [UInt8]] = [:]
    var seen: Set<Int> = []
    for (index, scan) in scans.enumerated() {
      let fresh = scan.components.filter { seen.insert($0).inserted }
      for number in Set(fresh.map { frame.components[$0].quantization }).sorted() {
        guard let values = scan.tables.quantization[number] else { throw .unreadable }
        if done.quantization.updateValue(values, forKey: number) != values {
          Self.append(0xDB, steps(values), to: &out)
        }
      }
      if index == 0 { out += frame.encoded }
      let codes =
        scan.dcNumbers.sorted().map { ($0, scan.tables.dc[$0]) }
        + scan.acNumbers.sorted().map { (16 | $0, scan.tables.ac[$0]) }
      for (head, codes) in codes {
        guard let values = codes.map(table) else { throw .unreadable }
        if written.updateValue(values, forKey: head) != values {
          Self.append(0xC4, [UInt8(head)] + values, to: &out)
        }
      }
      if done.restartInterval != scan.tables.restartInterval {
        done.restartInterval = scan.tables.restartInterval
        Self.append(0xDD, bigEndian(done.restartInterval, 2), to: &out)
      }
      out += scan.header(frame)
      out += scan.data
    }
    // Appends in place, because another copy of a photograph is expensive.
    out += [0xFF, 0xD9]
    return out
  }

  private static func append(_ marker: UInt8, _ payload: [UInt8], to out: inout [UInt8]) {
    out += [0xFF, marker] + bigEndian(payload.count + 2, 2) + payload
  }

  /// Returns an ICC profile as APP2 segments; empty if the profile needs more than 255 segments.
  ///
  /// Source: https://www.color.org/specification/ICC.1-2022-05.pdf (annex B.4)
  private static func profileSegments(_ profile: [UInt8]) -> [UInt8] {
    let step = 65_519
    let count = (profile.count + step - 1) / step
    guard count <= 255 else { return [] }
    var out: [UInt8] = []
    for index in 0..<count {
      let part = profile[(index * step)..<min(profile.count, (index + 1) * step)]
      append(0xE2, Array("ICC_PROFILE\0".utf8) + [UInt8(index + 1), UInt8(count)] + part, to: &out)
    }
    return out
  }
}
