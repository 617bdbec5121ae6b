internal import CVips
internal import Core

/// A table of codes, as a JPEG defines it.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.2.4.2, annex C)
final class JPEGHuffmanTable {
  let isDC: Bool
  private let counts: [UInt8]
  private let symbols: [UInt8]
  private var codes: OpaquePointer?

  /// Takes one table, whose class and number were taken before.
  init(isDC: Bool, _ scanner: inout ByteScanner) throws(Refusal) {
    self.isDC = isDC
    counts = Array(try scanner.take(16))
    let count = counts.reduce(0) { $0 + Int($1) }
    guard count <= 256 else { throw .unreadable }
    symbols = Array(try scanner.take(count))
  }

  deinit { if let codes { cvips_huffman_end(codes) } }

  /// What follows scans by this table, and notes what they use of it.
  func follower() throws(Refusal) -> OpaquePointer {
    if let codes { return codes }
    guard let made = cvips_huffman_begin(counts, symbols, isDC) else { throw Refusal(.unreadable, "no such codes") }
    codes = made
    return made
  }

  /// Whether two codes of one symbol were met in the scans followed so far.
  var isAmbiguous: Bool {
    guard let codes, let flags = cvips_huffman_used(codes) else { return false }
    let used = symbols.indices.filter { flags[$0] != 0 }.map { symbols[$0] }
    return Set(used).count < used.count
  }

  /// As it was defined.
  var whole: [UInt8] { counts + symbols }

  /// With zeros in the place of symbols that no scan has, as far as a used one follows: the used ones keep their codes.
  var needed: [UInt8] {
    guard let codes, let flags = cvips_huffman_used(codes) else { return whole }
    let used = symbols.indices.map { flags[$0] != 0 }
    if used.allSatisfy({ $0 }) || cvips_huffman_is_usual(counts, symbols, symbols.count) { return whole }
    let kept = (used.lastIndex(of: true) ?? 0) + 1
    var left = kept
    let fewer = counts.map { count in
      let taken = min(Int(count), left)
      left -= taken
      return UInt8(taken)
    }
    return fewer + symbols.indices.prefix(kept).map { used[$0] ? symbols[$0] : 0 }
  }
}

/// A table of the steps in which frequencies are given, as a JPEG defines it.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.2.4.1)
struct JPEGSteps: Equatable {
  /// Precision and number, then 64 steps of one or two bytes.
  let bytes: [UInt8]

  var number: Int { Int(bytes[0] & 15) }
  /// Whether libjpeg writes just these for some quality, so that they can hold nothing else.
  var isUsual: Bool { bytes.count == 65 && cvips_steps_are_usual(Array(bytes.dropFirst())) }

  /// With 1 in the place of steps of frequencies that `met` has no bit for, as every block has zero there.
  func needed(_ met: UInt64) -> [UInt8] {
    guard !isUsual else { return bytes }
    let width = (bytes.count - 1) / 64
    return bytes.indices.map { index in
      guard index > 0, met >> ((index - 1) / width) & 1 == 0 else { return bytes[index] }
      return (index - 1) % width == width - 1 ? 1 : 0
    }
  }
}

/// Every table that is in force at one place of a JPEG.
struct JPEGTables {
  /// By number.
  var quantization: [Int: JPEGSteps] = [:]
  var dc: [Int: JPEGHuffmanTable] = [:]
  var ac: [Int: JPEGHuffmanTable] = [:]
  var restartInterval = 0

  mutating func takeQuantization(_ payload: ArraySlice<UInt8>) throws(Refusal) {
    var scanner = ByteScanner(payload)
    while scanner.remaining > 0 {
      let head = try scanner.byte()
      guard head >> 4 <= 1, head & 15 <= 3 else { throw .unreadable }
      quantization[Int(head & 15)] = JPEGSteps(bytes: [head] + (try scanner.take(head >> 4 == 1 ? 128 : 64)))
    }
  }

  mutating func takeHuffman(_ payload: ArraySlice<UInt8>) throws(Refusal) {
    var scanner = ByteScanner(payload)
    while scanner.remaining > 0 {
      let head = try scanner.byte()
      guard head >> 4 <= 1, head & 15 <= 3 else { throw .unreadable }
      let table = try JPEGHuffmanTable(isDC: head >> 4 == 0, &scanner)
      if table.isDC { dc[Int(head)] = table } else { ac[Int(head & 15)] = table }
    }
  }

  mutating func takeRestartInterval(_ payload: ArraySlice<UInt8>) throws(Refusal) {
    guard payload.count == 2 else { throw .unreadable }
    restartInterval = number(payload)
  }
}
