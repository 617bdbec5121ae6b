internal import CVips
internal import Core
internal import Glibc

/// The ways of writing a JPEG file anew.
extension JPEGFile {
  func mended() throws(Refusal) -> [UInt8]? {
    if hasEnd && !hasStrayBytes { return nil }
    guard let frame else { throw .unreadable }
    let profile = profileSegments.flatMap { Self.segment(0xE2, $0) }
    if !hasEnd, try followed(frame) == nil { throw Refusal(.unreadable, "rows missing") }
    if frame.isFollowed, let bytes = try? written(profile) { return bytes }
    return try recoded().written(profile)
  }

  func stripped(profile: [UInt8]?) throws(Refusal) -> [UInt8] {
    try written(Self.segments(of: profile))
  }

  /// Writes all tables and all data of the scans; `profile` has segments.
  private func written(_ profile: [UInt8]) throws(Refusal) -> [UInt8] {
    guard let frame, frame.isFollowed else { throw .unreadable }
    return try written(profile, frame, scans, steps: { $0.bytes }) { $0.whole }
  }

  func accounted(profile: [UInt8]?, anew: Bool) throws(Refusal) -> [UInt8]? {
    // A file that libjpeg wrote needs no second reading, unless its quantization steps could hold hidden data.
    if !anew, isOwn, scans.allSatisfy({ $0.tables.quantization.values.allSatisfy(\.isUsual) }) {
      return try stripped(profile: profile)
    }
    if !anew, let bytes = try exact(profile: profile) { return bytes }
    // Arithmetic codes, ambiguous codes, missing codes and damage: libjpeg decodes the file and encodes it again with its
    // own codes.
    guard let bytes = try recoded().exact(profile: profile) else {
      throw Refusal(.unreadable, "written anew, and damaged")
    }
    return bytes
  }

  /// Returns the file without bytes that no block needs; nil if a scan is damaged or ambiguous.
  private func exact(profile: [UInt8]?) throws(Refusal) -> [UInt8]? {
    guard let frame, frame.isFollowed, let (scans, met) = try followed(frame) else { return nil }
    if scans.contains(where: \.isAmbiguous) { return nil }
    return try written(
      Self.segments(of: profile),
      frame,
      scans,
      steps: { (steps) in
        let users = frame.components.indices.filter { frame.components[$0].quantization == steps.number }
        return steps.needed(users.reduce(0) { $0 | met[$1] })
      }
    ) { $0.needed }
  }

  /// Returns the scans without bytes that no block needs, and the frequencies that are not zero in some block, by
  /// component; nil if a scan is damaged.
  private func followed(_ frame: JPEGFrame) throws(Refusal) -> (scans: [JPEGScan], met: [UInt64])? {
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
    return (exact, met)
  }

  /// Returns the coefficients that libjpeg decodes, in Huffman codes that it chooses.
  private func recoded() throws(Refusal) -> JPEGFile {
    var length = 0
    let data = bytes.withUnsafeBytes { cvips_recode_jpeg($0.baseAddress, $0.count, &length) }
    guard let data else { throw Refusal(.unreadable, "cannot be written anew") }
    defer { free(data) }
    var file = try JPEGFile(Array(UnsafeRawBufferPointer(start: data, count: length))[...], limits: limits)
    file.hasJFIF = hasJFIF
    file.adobeTransform = adobeTransform
    return file
  }

  /// Writes each table before the first scan that uses it; `profile` has segments.
  private func written(
    _ profile: [UInt8],
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
    out += profile
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

  private static func append(_ marker: UInt8, _ payload: some Collection<UInt8>, to out: inout [UInt8]) {
    out += [0xFF, marker] + bigEndian(payload.count + 2, 2)
    out += payload
  }

  private static func segment(_ marker: UInt8, _ payload: some Collection<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    append(marker, payload, to: &out)
    return out
  }

  /// Returns an ICC profile as APP2 segments; empty if there is none, or if it needs too many segments.
  ///
  /// Source: https://www.color.org/specification/ICC.1-2022-05.pdf (annex B.4)
  private static func segments(of profile: [UInt8]?) -> [UInt8] {
    guard let profile else { return [] }
    let step = 65_519
    let count = (profile.count + step - 1) / step
    guard count <= maximumProfileSegments else { return [] }
    return (0..<count).flatMap { index in
      let part = profile[(index * step)..<min(profile.count, (index + 1) * step)]
      return segment(0xE2, Array("ICC_PROFILE\0".utf8) + [UInt8(index + 1), UInt8(count)] + part)
    }
  }
}
