internal import CVips
internal import Core

/// Reads a zlib stream piece by piece.
final class Inflater {
  enum State {
    case more, end, damaged
  }

  private let handle: OpaquePointer
  private(set) var state = State.more
  /// Bytes of the stream read so far.
  private(set) var used = 0

  init() throws(Refusal) {
    guard let handle = cvips_inflate_begin() else { throw .unreadable }
    self.handle = handle
  }

  deinit { cvips_inflate_end(handle) }

  /// Whether the stream so far has blocks that give nothing, or very many that give little.
  var isOdd: Bool { cvips_inflate_is_odd(handle) }

  /// Takes bytes off the front of `bytes`, puts what they give into `room`, and returns how much that is.
  ///
  /// Goes on until one of them or the stream is at its end.
  func read(_ bytes: inout ArraySlice<UInt8>, into room: UnsafeMutableRawBufferPointer) -> Int {
    guard state == .more else { return 0 }
    var taken = 0
    var made = 0
    let answer = bytes.withUnsafeBytes {
      cvips_inflate(handle, $0.baseAddress, $0.count, &taken, room.baseAddress, room.count, &made)
    }
    bytes = bytes.dropFirst(taken)
    used += taken
    state = answer == CVIPS_INFLATE_END ? .end : answer == CVIPS_INFLATE_MORE ? .more : .damaged
    return made
  }
}

/// Writes a zlib stream piece by piece.
final class Deflater {
  private let handle: OpaquePointer
  private(set) var bytes: [UInt8] = []

  /// `level` is 1, fast, to 9, small.
  init(level: Int) throws(Refusal) {
    guard let handle = cvips_deflate_begin(Int32(level)) else { throw .unreadable }
    self.handle = handle
  }

  deinit { cvips_deflate_end(handle) }

  func write(_ piece: UnsafeRawBufferPointer) { write(piece, isLast: false) }

  /// The whole stream; nothing can be written after this.
  func finish() -> [UInt8] {
    write(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
    return bytes
  }

  private func write(_ piece: UnsafeRawBufferPointer, isLast: Bool) {
    withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { room in
      var rest = piece
      var done = false
      while !done {
        var taken = 0
        var made = 0
        done = cvips_deflate(handle, rest.baseAddress, rest.count, isLast, &taken, room.baseAddress, room.count, &made)
        bytes.append(contentsOf: room.prefix(made))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(taken))
      }
    }
  }
}

/// `bytes` as one zlib stream.
func deflated(_ bytes: [UInt8], level: Int = 6) throws(Refusal) -> [UInt8] {
  let deflater = try Deflater(level: level)
  bytes.withUnsafeBytes { deflater.write($0) }
  return deflater.finish()
}

func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.withUnsafeBytes { cvips_crc32($0.baseAddress, $0.count) } }
