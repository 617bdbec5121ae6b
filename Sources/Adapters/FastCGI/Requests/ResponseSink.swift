internal import CFastCGI

/// Where a streamed answer's bytes go.
public struct ResponseSink: ~Copyable {
  /// Why no more bytes can be written.
  public enum Failure: Error, Equatable {
    /// nginx has gone, or the request's deadline has passed.
    case disconnected
    /// More bytes than the answer's length.
    case tooLong
  }

  private let stream: UnsafeMutablePointer<FCGX_Stream>
  /// Bytes of the answer that are still to be written.
  public private(set) var remaining: Int64

  init(stream: UnsafeMutablePointer<FCGX_Stream>, length: Int64) {
    self.stream = stream
    remaining = length
  }

  /// Sends bytes, waiting until the peer took them.
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

  /// Sends bytes, waiting until the peer took them.
  public mutating func write(_ bytes: [UInt8]) throws(Failure) {
    let result = bytes.withUnsafeBytes { buffer in Result { () throws(Failure) in try write(buffer) } }
    try result.get()
  }
}
