/// One request, with its deadlines.
public struct HTTPRequest: Sendable {
  /// The method as sent, such as `GET`.
  public var method: String
  /// An absolute `http` or `https` URL, percent-encoded; its path is sent as it stands, dots and all.
  public var url: String
  /// Header fields in order, none with a control character in it; `Host` and `Content-Length` are added.
  public var headers: [(name: String, value: String)]
  /// What is sent after the header fields.
  public var body: HTTPBody
  /// When to give up.
  public var deadlines: HTTPDeadlines
  /// How many redirects are followed; 0, the default, returns the redirect itself.
  public var maximumRedirects: Int
  /// How many bytes of an answer are held in memory: the whole where it is not streamed, else that of a status other than 2xx.
  public var maximumAnswer: Int

  /// A request without a body unless one is given; answers of up to 1 MB are held.
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

/// A request's body; each kind can be read again from any offset, so that a request can be repeated.
public enum HTTPBody: Sendable {
  /// Nothing; for PUT and POST a `Content-Length: 0` is sent.
  case none
  /// Bytes in memory.
  case bytes([UInt8])
  /// `length` bytes of an open file from `offset` on, read with `pread`; the descriptor stays the caller's.
  case file(descriptor: Int32, offset: Int64, length: Int64)
  /// `length` bytes that `read` writes: given an offset it fills the buffer's beginning and returns the count, at least 1.
  case reader(
    length: Int64,
    read: @Sendable (_ offset: Int64, _ buffer: UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int
  )

  /// The bytes that will be sent.
  public var length: Int64 {
    switch self {
    case .none: 0
    case .bytes(let bytes): Int64(bytes.count)
    case .file(_, _, let length), .reader(let length, _): length
    }
  }
}

/// When an exchange is given up; seconds.
public struct HTTPDeadlines: Hashable, Sendable {
  /// From the start until the connection stands, TLS included.
  public var connect: Double
  /// For the whole exchange; nil leaves its length to `stall`.
  public var total: Double?
  /// How long less than 1 kB a second may flow, the wait for the answer and for a slow receiver included; at least 1.
  public var stall: Int

  /// 5 s to connect, no total, 20 s of stall.
  public init(connect: Double = 5, total: Double? = nil, stall: Int = 20) {
    self.connect = connect
    self.total = total
    self.stall = stall
  }
}
