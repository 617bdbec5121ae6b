import TestSupport

extension Mutator {
  /// Returns the bytes with one damage that ignores their structure.
  mutating func damagedBytes(_ bytes: [UInt8], _ operation: Operation) -> [UInt8] {
    guard !bytes.isEmpty else { return anyBytes() }
    var out = bytes
    let range = span(of: bytes)
    switch operation {
    case .bit: out[range.lowerBound] ^= 1 << UInt8.random(in: 0...7, using: &random)
    case .removed: out.removeSubrange(range)
    case .inserted: out.insert(contentsOf: anyBytes(), at: range.lowerBound)
    case .doubled: out.insert(contentsOf: bytes[range], at: range.lowerBound)
    case .exchanged:
      let other = span(of: bytes)
      for (one, two) in zip(range, other) { out.swapAt(one, two) }
    case .truncated: out.removeLast(min(out.count, range.count))
    case .appended: out += anyBytes()
    case .number: out = renumbered(bytes)
    default:
      out[range.lowerBound] = pick([0, 1, 0x7F, 0x80, 0xFE, 0xFF, UInt8.random(in: 0...255, using: &random)]) ?? 0
    }
    return out
  }

  /// Returns zeros, ones, spaces or random bytes: up to 16, or up to 4,096 as heavy damage.
  mutating func anyBytes() -> [UInt8] {
    let count = Int.random(
      in: 1...(weight == .light || Int.random(in: 0..<8, using: &random) > 0 ? 16 : 4096),
      using: &random
    )
    if Bool.random(using: &random) { return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }
    return [UInt8](repeating: pick([0, 0xFF, 0x20, 0x0A]) ?? 0, count: count)
  }

  private mutating func span(of bytes: [UInt8]) -> Range<Int> {
    let start = Int.random(in: 0..<bytes.count, using: &random)
    let isLong = weight == .heavy && Int.random(in: 0..<4, using: &random) == 0
    let most = min(bytes.count - start, isLong ? bytes.count : 16)
    return start..<start + Int.random(in: 1...most, using: &random)
  }

  /// Changes a number that could be a length or an offset within the file, in either byte order.
  private mutating func renumbered(_ bytes: [UInt8]) -> [UInt8] {
    var fields: [(place: Int, width: Int, isBig: Bool, value: Int)] = []
    for place in bytes.indices {
      for width in [2, 3, 4] where place + width <= bytes.count {
        let field = bytes[place..<place + width]
        let (big, little) = (field.reduce(0) { $0 << 8 | Int($1) }, field.reversed().reduce(0) { $0 << 8 | Int($1) })
        if big > 0, big <= bytes.count - place { fields.append((place, width, true, big)) }
        if little > 0, little <= bytes.count - place { fields.append((place, width, false, little)) }
      }
    }
    guard let field = pick(fields) else { return bytes }
    let values = [
      field.value + Int.random(in: 1...4, using: &random), max(0, field.value - Int.random(in: 1...4, using: &random)),
      0,
      2 * field.value, 1 << (8 * field.width) - 1, 1 << (8 * field.width - 1), bytes.count,
    ]
    let value = (weight == .light ? pick(Array(values.prefix(2))) : pick(values)) ?? 0
    var out = bytes
    let digits = field.isBig ? numberBig(value, field.width) : numberLittle(value, field.width)
    out.replaceSubrange(field.place..<field.place + field.width, with: digits)
    return out
  }

  /// Removes or doubles the bytes from one character of markup up to the next equal one.
  mutating func respanned(_ bytes: [UInt8], _ operation: Operation) -> [UInt8] {
    let mark = pick(Array("</ \n\"(>".utf8)) ?? 0x20
    let places = bytes.indices.filter { bytes[$0] == mark }
    guard places.count >= 2 else { return damagedBytes(bytes, .removed) }
    let first = Int.random(in: 0..<places.count - 1, using: &random)
    let range = places[first]..<places[first + 1]
    var out = bytes
    if operation == .spanRemoved {
      out.removeSubrange(range)
    } else {
      out.insert(contentsOf: bytes[range], at: range.lowerBound)
    }
    return out
  }
}
