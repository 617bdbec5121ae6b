/// The places of a name and of its value in a block of parameters.
///
/// Source: <https://fastcgi-archives.github.io/FastCGI_Specification.html> (3.4)
struct ParameterPair {
  let name: Range<Int>
  let value: Range<Int>

  /// Reads the pair whose lengths begin at `position`; nil if the block ends before the pair does.
  init?(in block: [UInt8], at position: Int) {
    var position = position
    guard let nameCount = Self.count(in: block, at: &position) else { return nil }
    guard let valueCount = Self.count(in: block, at: &position) else { return nil }
    guard nameCount + valueCount <= block.count - position else { return nil }
    name = position..<position + nameCount
    value = name.upperBound..<name.upperBound + valueCount
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
