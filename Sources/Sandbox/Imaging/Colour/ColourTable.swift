internal import Core

/// The conversion of samples to Lab by a table of an ICC profile.
///
/// As in Chromium, the greatest number is the lightness 100 in every type of table. By the specification, it is 100.39
/// in a `lut16Type`.
/// Source: https://www.color.org/specification/ICC.1-2022-05.pdf (10.10 to 10.12)
struct ColourTable {
  /// The curves of the channels.
  let inputs: [ToneCurve]
  /// The points on each axis of the grid; empty for a table without a grid.
  let sides: [Int]
  /// Three values, 0 to 1, for each point.
  let grid: [Float]
  /// The curves behind the grid, and behind the matrix.
  let middle: [ToneCurve]
  let outer: [ToneCurve]
  /// Three rows of three factors and a summand.
  let matrix: [Double]

  private static let straight = [ToneCurve](repeating: .power(1), count: 3)
  private static let identity: [Double] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]

  /// Reads an element that `ICCElement` has written; nil if the element has another type.
  init?(_ element: [UInt8]) {
    guard element.count > 32 else { return nil }
    if element.prefix(4).equals("mAB ") {
      self.init(stages: element)
    } else if element.prefix(4).equals("mft2") {
      self.init(tables: element, width: 2)
    } else if element.prefix(4).equals("mft1") {
      self.init(tables: element, width: 1)
    } else {
      return nil
    }
  }

  /// Reads a `lut8Type` or a `lut16Type`, whose numbers have `width` bytes.
  private init?(tables element: [UInt8], width: Int) {
    let channels = Int(element[8])
    sides = [Int](repeating: Int(element[10]), count: channels)
    var entries = (256, 256)
    if width == 2 { entries = (number(element[48..<50]), number(element[50..<52])) }
    var place = width == 2 ? 52 : 48
    let points = sides.reduce(3, *)
    guard element.count == place + width * (channels * entries.0 + points + 3 * entries.1) else { return nil }
    func next(_ count: Int) -> [UInt16] {
      defer { place += width * count }
      return Self.numbers(element[place..<place + width * count], width: width)
    }
    inputs = (0..<channels).map { _ in .table(next(entries.0)) }
    grid = next(points).map { Float($0) / 65_535 }
    outer = (0..<3).map { _ in .table(next(entries.1)) }
    middle = Self.straight
    matrix = Self.identity
  }

  /// Reads a `lutAToBType`.
  private init?(stages element: [UInt8]) {
    let channels = Int(element[8])
    let places = (0..<5).map { number(element[(12 + 4 * $0)..<(16 + 4 * $0)]) }
    func curves(_ stage: Int, _ count: Int) -> [ToneCurve]? {
      guard places[stage] > 0 else { return [ToneCurve](repeating: .power(1), count: count) }
      var scanner = ByteScanner(element[places[stage]...])
      var found: [ToneCurve] = []
      for _ in 0..<count {
        guard let curve = ToneCurve(&scanner) else { return nil }
        found.append(curve)
      }
      return found
    }
    guard let first = curves(4, channels), let second = curves(2, 3), let third = curves(0, 3) else { return nil }
    inputs = first
    middle = second
    outer = third
    if places[1] > 0 {
      let values = ICCProfile.fractions(element[places[1]..<places[1] + 48])
      matrix = [0, 1, 2].flatMap { (row: Int) -> [Double] in values[3 * row..<3 * row + 3] + [values[9 + row]] }
    } else {
      matrix = Self.identity
    }
    if places[3] > 0 {
      let start = places[3]
      let shape = element[start..<start + channels].map(Int.init)
      let width = Int(element[start + 16])
      let count = width * shape.reduce(3, *)
      sides = shape
      grid = Self.numbers(element[(start + 20)..<(start + 20 + count)], width: width).map { Float($0) / 65_535 }
    } else {
      guard channels == 3 else { return nil }
      sides = []
      grid = []
    }
  }

  /// Returns numbers of one or two bytes, 0 to 65,535.
  private static func numbers(_ bytes: ArraySlice<UInt8>, width: Int) -> [UInt16] {
    if width == 1 { return bytes.map { UInt16($0) * 257 } }
    return stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map {
      UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
    }
  }
}
