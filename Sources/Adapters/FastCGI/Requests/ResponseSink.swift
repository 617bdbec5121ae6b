internal import CFastCGI

/// The destination of a streamed body.
public struct ResponseSink: ~Copyable {
  /// The reason why a write failed.
  public enum Failure: Error, Equatable {
    /// nginx closed the connection, or the request's deadline passed.
    case disconnected
    /// The write exceeds the length of the body.
    case tooLong
  }

  private let stream: UnsafeMutablePointer<FCGX_Stream>
  /// The number of bytes that are not yet written.
  public private(set) var remaining: Int64

  init(stream: UnsafeMutablePointer<FCGX_Stream>, length: Int64) {
    self.stream = stream
    remaining = length
  }

  /// Writes bytes; blocks until the connection accepts them.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    guard Int64(bytes.count) <= remaining else { throw .tooLong }
    guard let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
    var offset = 0
    while offset < bytes.count {
      let count = min(bytes.count - offset, 1 << 30)
      guard FCGX_PutStr(base + offset, Int32(count), stream) == Int32(count) else { throw .disconnected }
      offset += count
    }
    remaining -= Int64(bytes.count)
  }

  /// Writes bytes; blocks until the connection accepts them.
  public mutating func write(_ bytes: [UInt8]) throws(Failure) {
    let result = bytes.withUnsafeBytes { buffer in Result { () throws(Failure) in try write(buffer) } }
    try result.get()
  }
}
