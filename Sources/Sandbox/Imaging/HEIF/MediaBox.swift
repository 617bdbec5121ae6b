internal import Core

/// A box of an ISO base media file: a type of four characters, and its content.
///
/// Source: ISO/IEC 14496-12 (4.2)
struct MediaBox {
  let type: String
  let content: ArraySlice<UInt8>

  /// Reads the box at the scanner; throws if the box is longer than the bytes around it.
  init(_ scanner: inout ByteScanner) throws(Refusal) {
    let start = scanner.position
    var length = try scanner.bigEndian(4)
    type = String(decoding: try scanner.take(4), as: UTF8.self)
    if length == 1 {
      let high = try scanner.bigEndian(4)
      guard high == 0 else { throw Refusal(.unreadable, "a box of more than 4 GB") }
      length = try scanner.bigEndian(4)
    } else if length == 0 {
      length = scanner.remaining + 8
    }
    let head = scanner.position - start
    guard length >= head else { throw Refusal(.unreadable, "a box shorter than its head") }
    content = try scanner.take(length - head)
  }

  /// Returns the boxes one after the other in `bytes`, at most `limit`.
  static func all(in bytes: ArraySlice<UInt8>, atMost limit: Int) throws(Refusal) -> [MediaBox] {
    var scanner = ByteScanner(bytes)
    var boxes: [MediaBox] = []
    while scanner.remaining > 0 {
      guard boxes.count < limit else { throw Refusal(.unreadable, "too many boxes") }
      boxes.append(try MediaBox(&scanner))
    }
    return boxes
  }

  /// Returns the version, the flags and a scanner of the rest of a full box.
  func full() throws(Refusal) -> (version: Int, flags: Int, scanner: ByteScanner) {
    var scanner = ByteScanner(content)
    let version = Int(try scanner.byte())
    return (version, try scanner.bigEndian(3), scanner)
  }
}
