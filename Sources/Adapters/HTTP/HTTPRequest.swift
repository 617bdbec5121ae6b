/// An HTTP request with its deadlines.
public struct HTTPRequest: Sendable {
  /// The method, such as `GET`.
  public var method: String
  /// The absolute `http` or `https` URL, percent-encoded; the path is sent unchanged, including `.` and `..` segments.
  public var url: String
  /// The header fields in order, without control characters; the client adds `Host` and `Content-Length`.
  public var headers: [(name: String, value: String)]
  /// The body of the request.
  public var body: HTTPBody
  /// The deadlines of the exchange.
  public var deadlines: HTTPDeadlines
  /// The maximum number of redirects to follow; default: 0, which returns the redirect.
  public var maximumRedirects: Int
  /// The maximum length of a body that is kept in memory, in bytes; default: 1 MB.
  ///
  /// The limit applies to every response without a receiver, and to responses other than 2xx with a receiver.
  public var maximumAnswer: Int

  /// Creates a request, by default without a body.
  public init(
    _ method: String,
    _ url: String,
    headers: [(name: String, value: String)] = [],
    body: HTTPBody = .none,
    deadlines: HTTPDeadlines = HTTPDeadlines(),
    maximumRedirects: Int = 0,
    maximumAnswer: Int = 1 << 20
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.deadlines = deadlines
    self.maximumRedirects = maximumRedirects
    self.maximumAnswer = maximumAnswer
  }
}

/// The body of a request; every case can be read again from any offset, so that a request can be retried.
public enum HTTPBody: Sendable {
  /// No body; a PUT or POST request then has `Content-Length: 0`.
  case none
  /// The bytes in memory.
  case bytes([UInt8])
  /// The `length` bytes of an open file from `offset` on, read with `pread`; the caller closes the descriptor.
  case file(descriptor: Int32, offset: Int64, length: Int64)
  /// The `length` bytes that `read` supplies.
  ///
  /// `read` writes the bytes from `offset` on to the start of `buffer` and returns their count, at least 1.
  case reader(
    length: Int64,
    read: @Sendable (_ offset: Int64, _ buffer: UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int
  )

  /// The number of bytes to send.
  public var length: Int64 {
    switch self {
    case .none: 0
    case .bytes(let bytes): Int64(bytes.count)
    case .file(_, _, let length), .reader(let length, _): length
    }
  }
}

/// The deadlines of an exchange, in seconds.
public struct HTTPDeadlines: Hashable, Sendable {
  /// The time until the connection is established, including TLS.
  public var connect: Double
  /// The time for the whole exchange; nil for no limit except `stall`.
  public var total: Double?
  /// The longest time with less than 1 kB per second; at least 1.
  ///
  /// Waits for the response and for a slow receiver count.
  public var stall: Int

  /// Creates deadlines; defaults: 5 s to connect, no total, 20 s of stall.
  public init(connect: Double = 5, total: Double? = nil, stall: Int = 20) {
    self.connect = connect
    self.total = total
    self.stall = stall
  }
}
