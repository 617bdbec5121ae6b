/// The response to one request.
///
/// ```swift
/// let page = Response(status: 200, headers: [("Content-Type", "text/plain")], body: .bytes(Array("hello".utf8)))
/// let stream = Response(status: 200, body: .stream(length: 10) { sink in
///   try sink.write(Array("hello".utf8))
///   try sink.write(Array("world".utf8))
/// })
/// ```
public struct Response: Sendable {
  /// The body of a response: bytes in memory, bytes produced while they are sent, or a response that is made later.
  public enum Body: Sendable {
    /// Bytes in memory.
    case bytes([UInt8])
    /// Exactly `length` bytes, which `write` writes to the sink.
    ///
    /// If `write` throws or writes fewer bytes, the server aborts the connection: nginx then forwards no complete
    /// response and caches nothing.
    case stream(length: Int64, write: @Sendable (inout ResponseSink) throws -> Void)
    /// A thread of the deferred responses makes the whole response, in the share of `owner`; see `Response.deferred`.
    case deferred(owner: String?, make: @Sendable () throws -> Response)

    /// The body's size in bytes; 0 for a deferred response.
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
  /// Header fields in the order of sending; the server adds `Status` and `Content-Length` itself.
  public var headers: [(name: String, value: String)]
  /// The body; not sent for HEAD, 204 and 304.
  public var body: Body

  /// Creates a response; the server replaces a response that has an invalid status or header by a 500.
  public init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// Creates a response that `make` produces later, on one of the server's threads for deferred responses.
  ///
  /// The pool that answers immediate requests stays free. One `owner` gets at most half of these threads and half of
  /// the queue; nil has no such limit. An error of `make` is answered 500. If the queue is full, the server's `refuse`
  /// makes a 503.
  ///
  /// ```swift
  /// return Response.deferred(for: "user-42") {
  ///   Response(status: 200, body: .bytes(try render()))
  /// }
  /// ```
  public static func deferred(for owner: String? = nil, _ make: @escaping @Sendable () throws -> Response) -> Response {
    Response(status: 202, body: .deferred(owner: owner, make: make))
  }
}
