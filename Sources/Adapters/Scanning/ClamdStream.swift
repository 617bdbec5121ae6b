internal import Glibc

/// One file on its way to clamd, in chunks: a length of four bytes, then as many bytes of the file.
///
/// Source: https://docs.clamav.net/manual/Usage/Scanning.html#clamd (INSTREAM)
final class ClamdStream: ArrivingScan {
  /// The maximum number of file bytes in one chunk of the stream.
  static let chunkBytes = 131_072

  private let connection: Connection
  private let descriptor: Int32
  private let size: Int64
  private let deadlineSeconds: Double
  /// The file bytes in all chunks so far.
  private var read: Int64 = 0
  private var chunk = [UInt8](repeating: 0, count: 4 + chunkBytes)
  /// The bytes of `chunk` that are still to be sent.
  private var rest = 0..<0
  private var hasFailed = false

  init(_ connection: Connection, descriptor: Int32, size: Int64, deadlineSeconds: Double) {
    self.connection = connection
    self.descriptor = descriptor
    self.size = size
    self.deadlineSeconds = deadlineSeconds
  }

  /// Sends whole chunks, as far as the socket takes them.
  func advance(to count: Int64) {
    while !hasFailed {
      if rest.isEmpty {
        guard min(count, size) - read >= Int64(Self.chunkBytes), (try? fill()) == Self.chunkBytes else { return }
      }
      guard let sent = connection.sendAtOnce(chunk[rest]) else {
        hasFailed = true
        return
      }
      rest = (rest.lowerBound + sent)..<rest.upperBound
      guard rest.isEmpty else { return }
    }
  }

  func verdict() throws(ScanError) -> ScanVerdict {
    connection.deadline = .now + .seconds(deadlineSeconds)
    try connection.send(chunk[rest])
    while try fill() > 0 { try connection.send(chunk[rest]) }
    guard read == size else { throw .sizeMismatch(expected: size, actual: read) }
    try connection.send(Self.bigEndian(0)[...])
    connection.hasWholeFile = true
    return try Clamd.verdict(try connection.reply())
  }

  /// Reads the next chunk and returns the number of its file bytes; 0 at the end of the file.
  private func fill() throws(ScanError) -> Int {
    let count = try readFile()
    guard read + Int64(count) <= size else { throw .sizeMismatch(expected: size, actual: read + Int64(count)) }
    chunk.replaceSubrange(0..<4, with: Self.bigEndian(UInt32(count)))
    read += Int64(count)
    rest = count == 0 ? 0..<0 : 0..<(4 + count)
    return count
  }

  private func readFile() throws(ScanError) -> Int {
    while true {
      let count = chunk.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress.map { $0 + 4 }, Self.chunkBytes, off_t(read))
      }
      if count >= 0 { return count }
      guard errno == EINTR else { throw .unreadable(detail: "pread: \(systemMessage(errno))") }
    }
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}
