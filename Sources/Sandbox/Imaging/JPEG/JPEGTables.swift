internal import CVips
internal import Core

/// A Huffman table of a JPEG.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.2.4.2, annex C)
final class JPEGHuffmanTable {
  let isDC: Bool
  private let counts: [UInt8]
  private let symbols: [UInt8]
  private var codes: OpaquePointer?

  /// Reads a table after its class and number.
  init(isDC: Bool, _ scanner: inout ByteScanner) throws(Refusal) {
    self.isDC = isDC
    counts = Array(try scanner.take(16))
    let count = counts.reduce(0) { $0 + Int($1) }
    guard count <= 256 else { throw .unreadable }
    symbols = Array(try scanner.take(count))
  }

  deinit { if let codes { cvips_huffman_end(codes) } }

  /// Returns the decoder for this table, which also records the symbols that scans use.
  func follower() throws(Refusal) -> OpaquePointer {
    if let codes { return codes }
    guard let made = cvips_huffman_begin(counts, symbols, isDC) else { throw Refusal(.unreadable, "no such codes") }
    codes = made
    return made
  }

  /// True if the scans so far used two codes for the same symbol.
  var isAmbiguous: Bool {
    guard let codes, let flags = cvips_huffman_used(codes) else { return false }
    let used = symbols.indices.filter { flags[$0] != 0 }.map { symbols[$0] }
    return Set(used).count < used.count
  }

  /// The table as the file defines it.
  var whole: [UInt8] { counts + symbols }

  /// The table with zeros in place of unused symbols, up to the last used one.
  ///
  /// The used symbols keep their codes.
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

/// A quantization table of a JPEG, with the steps of the 64 frequencies.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.2.4.1)
struct JPEGSteps: Equatable {
  /// The byte with precision and number, then 64 steps of one or two bytes.
  let bytes: [UInt8]

  var number: Int { Int(bytes[0] & 15) }
  /// True if libjpeg writes exactly these steps for some quality, so that they can hold no hidden data.
  var isUsual: Bool { bytes.count == 65 && cvips_steps_are_usual(Array(bytes.dropFirst())) }

  /// Returns the table with step 1 for each frequency that is missing in `met` and thus zero in every block.
  func needed(_ met: UInt64) -> [UInt8] {
    guard !isUsual else { return bytes }
    let width = (bytes.count - 1) / 64
    return bytes.indices.map { index in
      guard index > 0, met >> ((index - 1) / width) & 1 == 0 else { return bytes[index] }
      return (index - 1) % width == width - 1 ? 1 : 0
    }
  }
}

/// All tables that apply at one position of a JPEG.
struct JPEGTables {
  /// The quantization tables by number.
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
