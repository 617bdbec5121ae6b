internal import CZlib

/// Unpacks a gzip stream that arrives in pieces, with a limit for the unpacked bytes.
///
/// Only one thread may use an object at a time.
/// Source: <https://www.rfc-editor.org/rfc/rfc1952>
public final class GzipReader {
  /// Why a stream cannot be unpacked.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are no gzip stream, or a checksum is wrong.
    case damaged
    /// The stream ends before its end.
    case cut
    /// The stream unpacks to more than `limit` bytes.
    case tooLarge(limit: Int64)

    /// The failure as text.
    public var description: String {
      switch self {
      case .damaged: "it is no valid gzip stream"
      case .cut: "it is cut short"
      case .tooLarge(let limit): "it unpacks to more than \(limit) bytes"
      }
    }
  }

  /// The size of the pieces that the sink gets, in bytes.
  private static let pieceBytes = 65_536

  /// zlib keeps the address of the stream, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private let output: UnsafeMutableRawBufferPointer
  private let limit: Int64
  private var unpacked: Int64 = 0
  private var isBetweenMembers = false

  /// Creates a reader of one stream, which may unpack to `limit` bytes.
  public init(limit: Int64) {
    self.limit = limit
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    output = .allocate(byteCount: Self.pieceBytes, alignment: 16)
    // 15 is the largest window; 16 more means gzip only. Source: https://www.zlib.net/manual.html (inflateInit2)
    let status = inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib has no memory left, or another version")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    output.deallocate()
  }

  /// Unpacks the next bytes of the stream, and passes the unpacked ones to `sink` in pieces.
  public func read(
    _ bytes: UnsafeRawBufferPointer,
    into sink: (UnsafeRawBufferPointer) -> Void
  ) throws(Failure) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    stream.pointee.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(bytes.count)
    repeat {
      if isBetweenMembers {
        // A stream may consist of several members.
        guard inflateReset(stream) == Z_OK else { throw .damaged }
        isBetweenMembers = false
      }
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(Self.pieceBytes)
      let status = inflate(stream, Z_NO_FLUSH)
      guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw .damaged }
      let count = Self.pieceBytes - Int(stream.pointee.avail_out)
      unpacked += Int64(count)
      guard unpacked <= limit else { throw .tooLarge(limit: limit) }
      if count > 0 { sink(UnsafeRawBufferPointer(rebasing: output[..<count])) }
      isBetweenMembers = status == Z_STREAM_END
      if status == Z_BUF_ERROR, count == 0 { break }
    } while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
    stream.pointee.next_in = nil
  }

  /// Checks that the stream is complete.
  public func finish() throws(Failure) { guard isBetweenMembers else { throw .cut } }
}
