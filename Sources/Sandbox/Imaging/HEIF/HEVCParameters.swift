internal import Core

/// The parameter sets of an HEVC picture, from the item property `hvcC`.
///
/// Sources: ISO/IEC 14496-15 (8.3.3), ITU-T H.265 (7.3.1, 7.3.2.2, 7.3.3)
struct HEVCParameters {
  /// The parameter sets, each after its length in four bytes.
  private(set) var units: [UInt8] = []
  /// The number of bytes of the lengths in the picture's data.
  let lengthSize: Int
  /// The sizes of the coded pictures, from every sequence parameter set.
  private(set) var sizes: [(width: Int, height: Int)] = []

  private static let mostUnits = 32
  private static let sets: ClosedRange<UInt8> = 32...34
  private static let sequenceSet: UInt8 = 33
  /// The pictures that depend on no other picture: IDR, BLA, CRA.
  private static let pictures: ClosedRange<UInt8> = 16...21

  init(_ property: ArraySlice<UInt8>) throws(Refusal) {
    var scanner = ByteScanner(property)
    let head = Array(try scanner.take(23))
    guard head[0] == 1 else { throw .unreadable }
    lengthSize = Int(head[21] & 3) + 1
    var count = 0
    for _ in 0..<head[22] {
      _ = try scanner.byte()
      for _ in 0..<(try scanner.bigEndian(2)) {
        count += 1
        guard count <= Self.mostUnits else { throw Refusal(.unreadable, "too many parameter sets") }
        let unit = try scanner.take(try scanner.bigEndian(2))
        guard let type = Self.type(of: unit), Self.sets.contains(type) else { continue }
        if type == Self.sequenceSet { sizes.append(try Self.size(in: unit)) }
        units += bigEndian(unit.count, 4) + unit
      }
    }
    guard !sizes.isEmpty else { throw Refusal(.unreadable, "no sequence parameter set") }
  }

  /// Returns the slices of the first picture in an item's data, each after its length in four bytes.
  ///
  /// Other units, such as messages for players, do not change pixels.
  static func picture(_ data: ArraySlice<UInt8>, lengthSize: Int) throws(Refusal) -> [UInt8] {
    var scanner = ByteScanner(data)
    var picture: [UInt8] = []
    picture.reserveCapacity(data.count)
    while scanner.remaining > 0 {
      let unit = try scanner.take(try scanner.bigEndian(lengthSize))
      guard let type = type(of: unit), pictures.contains(type), unit.count > 2 else { continue }
      let isFirstSlice = unit[unit.startIndex + 2] & 0x80 != 0
      if isFirstSlice, !picture.isEmpty { break }
      picture += bigEndian(unit.count, 4) + unit
    }
    guard !picture.isEmpty else { throw Refusal(.unreadable, "no picture in HEVC data") }
    return picture
  }

  /// Returns the type of a unit of the base layer; nil for other layers.
  private static func type(of unit: ArraySlice<UInt8>) -> UInt8? {
    guard unit.count >= 2, unit[unit.startIndex] & 0x81 == 0, unit[unit.startIndex + 1] & 0xF8 == 0 else { return nil }
    return unit[unit.startIndex] >> 1
  }

  private static func size(in unit: ArraySlice<UInt8>) throws(Refusal) -> (width: Int, height: Int) {
    var bits = CodedBits(unit.dropFirst(2).prefix(512))
    bits.skip(4)
    let layers = try bits.take(3)
    bits.skip(1 + 88 + 8)
    var flags: [(hasProfile: Bool, hasLevel: Bool)] = []
    for _ in 0..<layers { flags.append((try bits.take(1) == 1, try bits.take(1) == 1)) }
    if layers > 0 { bits.skip(2 * (8 - layers)) }
    for (hasProfile, hasLevel) in flags { bits.skip((hasProfile ? 88 : 0) + (hasLevel ? 8 : 0)) }
    _ = try bits.golomb()
    if try bits.golomb() == 3 { bits.skip(1) }
    return (try bits.golomb(), try bits.golomb())
  }
}

/// The bits of a parameter set, without the bytes that keep start codes out of it.
private struct CodedBits {
  private var bytes: [UInt8] = []
  private var position = 0

  init(_ unit: ArraySlice<UInt8>) {
    var zeros = 0
    for byte in unit {
      let isInserted = zeros >= 2 && byte == 3
      zeros = byte == 0 ? zeros + 1 : 0
      if !isInserted { bytes.append(byte) }
    }
  }

  mutating func skip(_ count: Int) { position += count }

  mutating func take(_ count: Int) throws(Refusal) -> Int {
    guard position + count <= 8 * bytes.count else { throw .unreadable }
    var value = 0
    for _ in 0..<count {
      value = value << 1 | Int(bytes[position / 8] >> (7 - position % 8) & 1)
      position += 1
    }
    return value
  }

  /// Reads an unsigned Exp-Golomb code of at most 32 bits. Source: ITU-T H.265 (9.2)
  mutating func golomb() throws(Refusal) -> Int {
    var zeros = 0
    while try take(1) == 0 {
      zeros += 1
      guard zeros <= 31 else { throw .unreadable }
    }
    return (1 << zeros) - 1 + (try take(zeros))
  }
}
