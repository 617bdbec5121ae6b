internal import Core
internal import Glibc

/// A reader of bytes from front to back; every read beyond the end throws.
struct ByteScanner {
  let bytes: ArraySlice<UInt8>
  private(set) var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  var remaining: Int { bytes.endIndex - position }

  mutating func take(_ count: Int) throws(Refusal) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw .unreadable }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func byte() throws(Refusal) -> UInt8 {
    guard remaining >= 1 else { throw .unreadable }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func bigEndian(_ count: Int) throws(Refusal) -> Int { try take(count).reduce(0) { $0 << 8 | Int($1) } }

  mutating func littleEndian(_ count: Int) throws(Refusal) -> Int {
    try take(count).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  mutating func rewind(to position: Int) { self.position = position }

  /// Moves to the next `value` without reading it; moves to the end if there is none.
  mutating func skip(to value: UInt8) {
    let place = bytes[position...].withUnsafeBytes { rest in
      rest.baseAddress.flatMap { start in memchr(start, Int32(value), rest.count).map { UnsafeRawPointer($0) - start } }
    }
    position = place.map { position + $0 } ?? bytes.endIndex
  }
}

extension Collection<UInt8> {
  func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && text.withUTF8Buffer { elementsEqual($0) }
  }
}

func bigEndian(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
