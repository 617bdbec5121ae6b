internal import Core

/// The elements of an ICC profile that determine colours, each with exactly the bytes that its type uses.
///
/// Source: https://www.color.org/specification/ICC.1-2022-05.pdf (10)
enum ICCElement {
  /// The kinds of a tag's content.
  enum Kind {
    case point, curve, adaptation, codePoints, toColours, fromColours
  }

  /// The maximum number of entries in a curve: four times as many as in the largest honest one.
  private static let maximumEntries = 16_384

  /// Returns the kind of a tag; nil if images of this colour model do not need the tag.
  static func kind(_ name: String, _ model: ColourModel) -> Kind? {
    switch name {
    case "wtpt": .point
    case "chad": .adaptation
    case "rXYZ", "gXYZ", "bXYZ": model == .rgb ? .point : nil
    case "rTRC", "gTRC", "bTRC": model == .rgb ? .curve : nil
    case "kTRC": model == .grey ? .curve : nil
    case "cicp": model == .rgb ? .codePoints : nil
    case "A2B0", "A2B1", "A2B2": .toColours
    case "B2A0", "B2A1", "B2A2": .fromColours
    default: nil
    }
  }

  /// Returns the element with zeros in its unused bytes; `channels` is the number of the image's channels.
  ///
  /// Throws if the element does not match a type that the tag allows.
  static func encoded(_ bytes: ArraySlice<UInt8>, as name: String, channels: Int) throws(Refusal) -> [UInt8] {
    let model: ColourModel = channels == 1 ? .grey : channels == 3 ? .rgb : .cmyk
    var scanner = ByteScanner(bytes)
    switch kind(name, model) {
    case .point: return try head("XYZ ", &scanner) + numbers(3, below: 2, &scanner)
    case .adaptation: return try head("sf32", &scanner) + numbers(9, below: 8, &scanner)
    case .codePoints: return try head("cicp", &scanner) + scanner.take(4)
    case .curve:
      let element = try curve(&scanner)
      guard isBounded(element) else { throw .unreadable }
      return element
    case .toColours: return try table(bytes, modern: "mAB ", inputs: channels, outputs: 3)
    case .fromColours: return try table(bytes, modern: "mBA ", inputs: 3, outputs: channels)
    case nil: throw .unreadable
    }
  }

  private static func head(_ type: StaticString, _ scanner: inout ByteScanner) throws(Refusal) -> [UInt8] {
    let name = try scanner.take(4)
    guard name.equals(type) else { throw .unreadable }
    _ = try scanner.take(4)
    return name + [0, 0, 0, 0]
  }

  /// Reads `count` numbers with 16 fractional bits; throws if one exceeds `bound` in absolute value.
  private static func numbers(_ count: Int, below bound: Int, _ scanner: inout ByteScanner) throws(Refusal) -> [UInt8] {
    var out: [UInt8] = []
    for _ in 0..<count {
      let field = try scanner.take(4)
      let value = Int(Int32(truncatingIfNeeded: number(field)))
      guard abs(value) <= bound << 16 else { throw .unreadable }
      out += field
    }
    return out
  }

  /// True if a formula keeps the light of a sample between black and white, as browsers require; a table always does.
  private static func isBounded(_ element: [UInt8]) -> Bool {
    guard element.starts(with: Array("para".utf8)) else { return true }
    var scanner = ByteScanner(element[...])
    guard let curve = ToneCurve(&scanner) else { return false }
    return [0, 0.5, 1].allSatisfy { (-0.02...1.02).contains(curve.light($0)) }
  }

  /// Reads a curve: a monotonic table or a formula.
  private static func curve(_ scanner: inout ByteScanner) throws(Refusal) -> [UInt8] {
    if scanner.bytes[scanner.position...].prefix(4).equals("para") {
      let start = try head("para", &scanner)
      let function = try scanner.bigEndian(2)
      _ = try scanner.take(2)
      guard function <= 4 else { throw .unreadable }
      return try start + bigEndian(function, 2) + [0, 0] + numbers([1, 3, 4, 5, 7][function], below: 32, &scanner)
    }
    let start = try head("curv", &scanner)
    let count = try scanner.bigEndian(4)
    guard count <= maximumEntries else { throw .unreadable }
    let entries = try scanner.take(2 * count)
    var rises = true
    var falls = true
    var last: Int?
    for place in stride(from: entries.startIndex, to: entries.endIndex, by: 2) {
      let value = Int(entries[place]) << 8 | Int(entries[place + 1])
      if let last {
        if value < last { rises = false }
        if value > last { falls = false }
      }
      last = value
    }
    guard rises || falls else { throw .unreadable }
    return start + bigEndian(count, 4) + entries
  }

  private static func table(_ bytes: ArraySlice<UInt8>, modern: StaticString, inputs: Int, outputs: Int)
    throws(Refusal) -> [UInt8]
  {
    var scanner = ByteScanner(bytes)
    if bytes.prefix(4).equals(modern) { return try stages(bytes, modern, inputs, outputs) }
    let deep = bytes.prefix(4).equals("mft2")
    var out = try head(deep ? "mft2" : "mft1", &scanner)
    let shape = Array(try scanner.take(4))
    guard shape[0] == inputs, shape[1] == outputs else { throw .unreadable }
    out += shape.prefix(3) + [0]
    out += try numbers(9, below: 8, &scanner)
    var entries = (256, 256)
    if deep {
      entries = (try scanner.bigEndian(2), try scanner.bigEndian(2))
      guard (2...4096).contains(entries.0), (2...4096).contains(entries.1) else { throw .unreadable }
      out += bigEndian(entries.0, 2) + bigEndian(entries.1, 2)
    }
    let points = try grid(Array(repeating: Int(shape[2]), count: inputs), outputs)
    out += try scanner.take((entries.0 * inputs + points + entries.1 * outputs) * (deep ? 2 : 1))
    return out
  }

  /// Returns the number of values in a table over a grid with these side lengths.
  private static func grid(_ sides: [Int], _ outputs: Int) throws(Refusal) -> Int {
    var points = outputs
    for side in sides {
      guard side >= 2, points <= ICCProfile.maximumBytes else { throw .unreadable }
      points *= side
    }
    return points
  }

  /// Reads a `lutAToBType` or `lutBToAType` and writes its stages, up to five, one after the other.
  private static func stages(_ bytes: ArraySlice<UInt8>, _ type: StaticString, _ inputs: Int, _ outputs: Int)
    throws(Refusal) -> [UInt8]
  {
    var scanner = ByteScanner(bytes)
    let start = try head(type, &scanner)
    guard try scanner.byte() == inputs, try scanner.byte() == outputs else { throw .unreadable }
    _ = try scanner.take(2)
    // The B curves are on the side of the profile connection space, and the A curves on the side of the device values.
    let (near, far) = type.description == "mAB " ? (outputs, inputs) : (inputs, outputs)
    var offsets: [UInt8] = []
    var body: [UInt8] = []
    for stage in 0..<5 {
      let offset = try scanner.bigEndian(4)
      guard offset != 0 else {
        offsets += bigEndian(0, 4)
        continue
      }
      guard offset >= 32, offset <= bytes.count else { throw .unreadable }
      var part = ByteScanner(bytes.dropFirst(offset))
      offsets += bigEndian(32 + body.count, 4)
      switch stage {
      case 0, 2: for _ in 0..<near { body += try padded(curve(&part), &part) }
      case 1: body += try numbers(12, below: 8, &part)
      case 3: body += try padded(clut(&part, inputs, outputs), &part)
      default: for _ in 0..<far { body += try padded(curve(&part), &part) }
      }
      // Overlapping stages could make the output larger than the profile.
      guard body.count <= bytes.count else { throw .unreadable }
    }
    return start + [UInt8(inputs), UInt8(outputs), 0, 0] + offsets + body
  }

  /// Returns the part, padded to a multiple of four bytes, because the next part begins at such an offset.
  private static func padded(_ part: [UInt8], _ scanner: inout ByteScanner) throws(Refusal) -> [UInt8] {
    let filling = (4 - part.count % 4) % 4
    if scanner.remaining >= filling { _ = try scanner.take(filling) }
    return part + [UInt8](repeating: 0, count: filling)
  }

  private static func clut(_ scanner: inout ByteScanner, _ inputs: Int, _ outputs: Int) throws(Refusal) -> [UInt8] {
    let sides = Array(try scanner.take(16)).prefix(inputs)
    let precision = try scanner.byte()
    _ = try scanner.take(3)
    guard precision == 1 || precision == 2 else { throw .unreadable }
    let points = try grid(sides.map(Int.init), outputs)
    let unused = [UInt8](repeating: 0, count: 16 - inputs)
    return sides + unused + [precision, 0, 0, 0] + (try scanner.take(points * Int(precision)))
  }
}
