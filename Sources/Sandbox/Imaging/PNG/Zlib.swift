internal import CVips
internal import Core

/// Decompresses a zlib stream piece by piece.
final class Inflater {
  enum State {
    case more, end, damaged
  }

  private let handle: OpaquePointer
  private(set) var state = State.more
  /// The number of compressed bytes read so far.
  private(set) var used = 0

  init() throws(Refusal) {
    guard let handle = cvips_inflate_begin() else { throw .unreadable }
    self.handle = handle
  }

  deinit { cvips_inflate_end(handle) }

  /// True if the stream has blocks without output, or very many blocks with little output, which can hold hidden data.
  var isOdd: Bool { cvips_inflate_is_odd(handle) }

  /// Decompresses bytes from the front of `bytes` into `room`, and returns the number of bytes written.
  ///
  /// Returns when `bytes`, `room` or the stream is used up.
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

/// Compresses a zlib stream piece by piece.
final class Deflater {
  private let handle: OpaquePointer
  private(set) var bytes: [UInt8] = []

  /// `level` ranges from 1 (fastest) to 9 (smallest).
  init(level: Int) throws(Refusal) {
    guard let handle = cvips_deflate_begin(Int32(level)) else { throw .unreadable }
    self.handle = handle
  }

  deinit { cvips_deflate_end(handle) }

  func write(_ piece: UnsafeRawBufferPointer) { write(piece, isLast: false) }

  /// Ends the stream and returns all of it; the last call on this object.
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

/// Returns `bytes` as one zlib stream.
func deflated(_ bytes: [UInt8], level: Int = 6) throws(Refusal) -> [UInt8] {
  let deflater = try Deflater(level: level)
  bytes.withUnsafeBytes { deflater.write($0) }
  return deflater.finish()
}

func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.withUnsafeBytes { cvips_crc32($0.baseAddress, $0.count) } }
