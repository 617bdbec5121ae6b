/// One answer.
public struct Response: Sendable {
  /// The bytes of an answer, there already or made while they are sent.
  public enum Body: Sendable {
    /// Bytes that are there.
    case bytes([UInt8])
    /// Exactly `length` bytes, which `write` hands to the sink.
    ///
    /// When it throws or writes another number of bytes the connection is cut: nginx then hands on no whole answer
    /// and caches nothing.
    case stream(length: Int64, write: @Sendable (inout ResponseSink) throws -> Void)
    /// The whole answer is made by a slow thread, of the share of `owner`; see `Response.deferred`.
    case deferred(owner: String?, make: @Sendable () throws -> Response)

    /// The body's size in bytes.
    public var length: Int64 {
      switch self {
      case .bytes(let bytes): Int64(bytes.count)
      case .stream(let length, _): length
      case .deferred: 0
      }
    }
  }

  /// The status, 200 to 599.
  public var status: Int
  /// Header fields in the order they are sent; `Status` and `Content-Length` are the server's own.
  public var headers: [(name: String, value: String)]
  /// What follows the headers; never sent for HEAD, 204 and 304.
  public var body: Body

  /// An answer; an invalid status or header makes the server send an empty 500 in its place.
  public init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// An answer that takes its time: `make` runs on one of the server's slow threads, after what came before it, so that
  /// those which answer at once stay free.
  ///
  /// At most half of the slow threads, and of the places to wait for them, are for one `owner`; nil is nobody, and has no
  /// limit. What `make` throws is answered 500. Where too many wait already, the server's `refuse` answers 503.
  public static func deferred(for owner: String? = nil, _ make: @escaping @Sendable () throws -> Response) -> Response {
    Response(status: 202, body: .deferred(owner: owner, make: make))
  }
}
