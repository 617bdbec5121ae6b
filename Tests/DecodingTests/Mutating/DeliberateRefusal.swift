import Core
import Foundation

/// A rule by which a file is refused on purpose, although another program reads it whole.
///
/// The differential tests count such files separately. `docs/file-types.md` has the rules.
enum DeliberateRefusal: String {
  case scans = "a JPEG scan that repeats an earlier one, or that has none to refine"
  case bits = "a progressive JPEG without an end, which lacks bits of its last scan"
  case pixels = "a wrong or missing checksum of a PNG's pixels"
  case frame = "a GIF that ends within a frame"
  case tail = "a PDF with other bytes than white space behind its end, or without an end"

  /// Nil if no rule applies; `seed` is the file before the damage.
  init?(_ bytes: [UInt8], seed: [UInt8], _ type: FileType) {
    switch type {
    case .jpeg where Self.scans(bytes) != Self.scans(seed): self = .scans
    case .jpeg where Self.places([0xFF, 0xC2], bytes) > 0 && Self.places([0xFF, 0xD9], bytes) == 0: self = .bits
    case .png where Self.hasWrongChecksum(bytes): self = .pixels
    case .gif where Self.endsInFrame(bytes): self = .frame
    case .pdf where !Self.endsWell(bytes): self = .tail
    default: return nil
    }
  }

  /// Returns the headers of all scans.
  private static func scans(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    bytes.indices.dropLast(3).filter { bytes[$0...].starts(with: [0xFF, 0xDA, 0]) }.map { place in
      bytes[place...].prefix(2 + Int(bytes[place + 3]))
    }
  }

  private static func places(_ pair: [UInt8], _ bytes: [UInt8]) -> Int {
    zip(bytes, bytes.dropFirst()).count { [$0, $1] == pair }
  }

  private static func hasWrongChecksum(_ bytes: [UInt8]) -> Bool {
    var cursor = Cursor(bytes)
    _ = cursor.take(8)
    while cursor.left >= 12 {
      let count = cursor.big(4)
      guard count <= cursor.left - 8 else { return cursor.take(4) == Array("IDAT".utf8) }
      let named = cursor.take(4 + count)
      let isNeeded = ["IHDR", "PLTE", "tRNS", "IDAT"].contains(String(decoding: named.prefix(4), as: UTF8.self))
      if cursor.big(4) != Int(checksum(named)), isNeeded { return true }
    }
    return false
  }

  private static func endsInFrame(_ bytes: [UInt8]) -> Bool {
    var cursor = Cursor(bytes)
    let head = cursor.take(13)
    if let flags = head.dropFirst(10).first, flags & 0x80 != 0 { _ = cursor.take(3 << (Int(flags & 7) + 1)) }
    while cursor.left > 0 {
      let kind = cursor.take(1)
      guard kind == [0x21] || kind == [0x2C] else { return false }
      let flags = cursor.take(kind == [0x21] ? 1 : 9).last ?? 0
      if kind == [0x2C] { _ = cursor.take(flags & 0x80 == 0 ? 1 : 3 << (Int(flags & 7) + 1) + 1) }
      var size = 1
      while size > 0 {
        guard cursor.left > 0 else { return kind == [0x2C] }
        size = Int(cursor.peek(0))
        _ = cursor.take(1 + size)
      }
    }
    return false
  }

  private static func endsWell(_ bytes: [UInt8]) -> Bool {
    guard let end = Data(bytes).range(of: Data("%%EOF".utf8), options: .backwards)?.upperBound else { return false }
    return bytes[end...].allSatisfy { [0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x1A, 0x20].contains($0) }
  }
}
