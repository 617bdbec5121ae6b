internal import Core

/// The position of a ZIP file's central directory, read from the record at the end of the file.
///
/// Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.14 to 4.3.16)
struct ZipDirectory {
  private static let recordLength = 22
  private static let locatorLength = 20
  private static let wideRecordLength = 56
  private static let entrySignature = 0x0201_4B50

  /// The offset of the first entry.
  let start: Int
  /// The offset after the last entry.
  let end: Int
  let count: Int

  /// Throws if the file has a comment: documents have none, and a comment can hide another file.
  ///
  /// If `isPlain` is true, the archive may be empty, and may have a comment without signatures of an archive: some
  /// version control systems write one.
  init(_ bytes: UnsafeRawBufferPointer, isPlain: Bool = false) throws(Refusal) {
    guard bytes.count >= Self.recordLength else { throw Refusal(.unreadable, "cut short") }
    let record = bytes.count - Self.recordLength - (isPlain ? Self.commentLength(bytes) : 0)
    guard try bytes.littleEndian(4, at: record) == 0x0605_4B50,
      try bytes.littleEndian(2, at: record + 20) == bytes.count - record - Self.recordLength
    else {
      let isElsewhere = Self.isArchive(bytes)
      throw Refusal(isElsewhere ? .typeMismatch : .unreadable, "does not end with its directory")
    }
    var counts = [try bytes.littleEndian(2, at: record + 8), try bytes.littleEndian(2, at: record + 10)]
    var size = try bytes.littleEndian(4, at: record + 12)
    var start = try bytes.littleEndian(4, at: record + 16)
    var end = record
    guard try bytes.littleEndian(4, at: record + 4) == 0 else { throw Refusal(.malformedArchive, "several disks") }
    if record >= Self.locatorLength, try bytes.littleEndian(4, at: record - Self.locatorLength) == 0x0706_4B50 {
      let locator = record - Self.locatorLength
      end = try bytes.littleEndian(8, at: locator + 8)
      guard end < locator, try bytes.littleEndian(4, at: end) == 0x0606_4B50,
        try bytes.littleEndian(8, at: end + 4) == locator - end - 12
      else { throw Refusal(.malformedArchive, "the ZIP64 record is not where its locator says") }
      let wide = [
        try bytes.littleEndian(8, at: end + 24), try bytes.littleEndian(8, at: end + 32),
        try bytes.littleEndian(8, at: end + 40), try bytes.littleEndian(8, at: end + 48),
      ]
      let narrow = counts.map { ($0, 0xFFFF) } + [(size, 0xFFFF_FFFF), (start, 0xFFFF_FFFF)]
      guard zip(narrow, wide).allSatisfy({ $0.0 == $0.1 || $0.0 == $1 }) else {
        throw Refusal(.malformedArchive, "the ZIP64 record contradicts the directory record")
      }
      counts = Array(wide.prefix(2))
      size = wide[2]
      start = wide[3]
    }
    guard counts[0] == counts[1], start >= 0, size >= 0, start <= end, size == end - start else {
      throw Refusal(.typeMismatch, "the directory is not where its record says")
    }
    guard counts[0] <= ZipLayout.maximumEntries else { throw Refusal(.decompressionBomb, "\(counts[0]) entries") }
    guard counts[0] > 0 || isPlain else { throw Refusal(.typeMismatch, "an empty archive") }
    self.start = start
    self.end = end
    count = counts[0]
  }

  /// Returns the length of the comment behind the last end record; 0 if there is none, or if it contains a signature.
  private static func commentLength(_ bytes: UnsafeRawBufferPointer) -> Int {
    let first = max(0, bytes.count - recordLength - 0xFFFF)
    var position = bytes.count - 2
    while position >= first {
      // `PK` and a control character begin every signature of the format.
      if bytes[position] == 0x50, bytes[position + 1] == 0x4B, position + 2 < bytes.count, bytes[position + 2] < 0x20 {
        return max(0, bytes.count - position - recordLength)
      }
      position -= 1
    }
    return 0
  }

  /// True if an archive program would accept these bytes as an archive, at any start position.
  ///
  /// The last end record's comment must end at the end of the bytes, or the directory must be at the offset in the
  /// record. Lenient programs also expect the directory right before the record, as if offsets counted from the start
  /// of an embedded archive. Set `isLenient` only for formats that never contain archives; compound files can embed
  /// one.
  static func isArchive(_ bytes: UnsafeRawBufferPointer, leniently isLenient: Bool = false) -> Bool {
    let first = max(0, bytes.count - recordLength - 0xFFFF)
    var record = bytes.count - recordLength
    while record >= first {
      if bytes[record] == 0x50, (try? bytes.littleEndian(4, at: record)) == 0x0605_4B50,
        let comment = try? bytes.littleEndian(2, at: record + 20),
        let start = try? bytes.littleEndian(4, at: record + 16)
      {
        if comment == bytes.count - record - recordLength { return true }
        if start < record, (try? bytes.littleEndian(4, at: start)) == entrySignature { return true }
        if isLenient, endsDirectory(bytes, at: record) { return true }
      }
      record -= 1
    }
    return false
  }

  /// True if a directory of the length in the record ends at the record, or at the ZIP64 records before the record.
  private static func endsDirectory(_ bytes: UnsafeRawBufferPointer, at record: Int) -> Bool {
    let wide = record - locatorLength - wideRecordLength
    let sizes = [try? bytes.littleEndian(4, at: record + 12), try? bytes.littleEndian(8, at: wide + 40)]
    return [record, wide].contains { end in
      sizes.contains { size in
        guard let size, size > 0, size <= end else { return false }
        return (try? bytes.littleEndian(4, at: end - size)) == entrySignature
      }
    }
  }
}
