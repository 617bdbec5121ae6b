internal import Core

/// A ZIP archive that is stored as such: every entry is unpacked, and archives inside it as well.
///
/// An archive inside counts towards the same limits. If its structure cannot be checked, it counts as a plain entry,
/// because the malware scanner looks into it as well.
enum PlainArchive {
  /// The signature of an archive without entries.
  static let emptySignature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]

  /// The number of archives inside one another that are unpacked.
  private static let maximumDepth = 8

  static func check(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    guard try ZipDirectory(bytes, isPlain: true).count > 0 else { return }
    try check(Archive(bytes, isPlain: true), depth: 1)
  }

  private static func check(_ archive: Archive, depth: Int) throws(Refusal) {
    guard depth <= maximumDepth else { throw Refusal(.decompressionBomb, "archives in archives") }
    try archive.visit { (content) throws(Refusal) in
      guard content.isArchive else { return }
      do throws(Refusal) {
        try content.bytes.withUnsafeBufferPointer { (bytes) throws(Refusal) in
          try check(Archive(UnsafeRawBufferPointer(bytes), inside: archive, isPlain: true), depth: depth + 1)
        }
      } catch {
        guard ![.decompressionBomb, .encrypted].contains(error.reason) else { throw error }
      }
    }
  }
}
