/// The value of CONTENT_LENGTH in a request.
enum ContentLength: Equatable {
  case missing
  case invalid
  case bytes(Int)

  /// Reads the name-value pairs of the parameters; nil if they do not fill `block` exactly.
  ///
  /// libfcgi must not receive an invalid block: lengths that overflow when added made it write past its buffer.
  /// Source: <https://nvd.nist.gov/vuln/detail/CVE-2025-23016>
  init?(in block: [UInt8]) {
    let name = Array("CONTENT_LENGTH".utf8)
    var found = ContentLength.missing
    var position = 0
    while position < block.count {
      guard let nameCount = Self.count(in: block, at: &position) else { return nil }
      guard let valueCount = Self.count(in: block, at: &position) else { return nil }
      guard nameCount + valueCount <= block.count - position else { return nil }
      let value = position + nameCount
      if block[position..<value].elementsEqual(name) {
        let length = ContentLength(digits: block[value..<value + valueCount])
        // With two different values, this check and the reader of the body could each use another one.
        found = found == .missing || found == length ? length : .invalid
      }
      position = value + valueCount
    }
    self = found
  }

  private init(digits: ArraySlice<UInt8>) {
    if digits.isEmpty {
      self = .missing
    } else if digits.count <= 18, digits.allSatisfy({ (48...57).contains($0) }) {
      self = .bytes(digits.reduce(0) { $0 * 10 + Int($1 - 48) })
    } else {
      self = .invalid
    }
  }

  /// Reads a length: one byte below 128, or four bytes with the top bit set.
  private static func count(in block: [UInt8], at position: inout Int) -> Int? {
    guard position < block.count else { return nil }
    let first = block[position]
    guard first >= 128 else {
      position += 1
      return Int(first)
    }
    guard block.count - position >= 4 else { return nil }
    defer { position += 4 }
    return Int(first & 127) << 24 | Int(block[position + 1]) << 16 | Int(block[position + 2]) << 8
      | Int(block[position + 3])
  }
}
