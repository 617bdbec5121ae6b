/// The header lines of a response.
struct ResponseHead {
  enum Invalid: Error {
    case status(Int)
    case header(String)
    case length(Int64)
  }

  let bytes: [UInt8]
  /// True if the body follows.
  let hasBody: Bool

  /// Adds Content-Length unless the status forbids it, so that nginx detects a truncated response.
  ///
  /// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-8.6>
  init(_ response: Response, method: String) throws(Invalid) {
    let status = response.status
    guard (200...599).contains(status) else { throw .status(status) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    Self.append("Status", "\(status) \(Self.reason(status))", to: &bytes)
    for (name, value) in response.headers {
      guard Self.isToken(name), Self.isFieldValue(value), !Self.isReserved(name) else { throw .header(name) }
      Self.append(name, value, to: &bytes)
    }
    let isBodyless = status == 204 || status == 304
    if !isBodyless {
      guard response.body.length >= 0 else { throw .length(response.body.length) }
      Self.append("Content-Length", String(response.body.length), to: &bytes)
    }
    bytes += [13, 10]
    self.bytes = bytes
    hasBody = !isBodyless && method != "HEAD" && response.body.length > 0
  }

  private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: name.utf8)
    bytes.append(58)
    bytes.append(32)
    bytes.append(contentsOf: value.utf8)
    bytes.append(13)
    bytes.append(10)
  }

  /// True if `name` is a valid field name.
  ///
  /// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2>
  private static func isToken(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// True if `value` has no control character except the tab: a line break would begin another header.
  ///
  /// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-5.5>
  private static func isFieldValue(_ value: String) -> Bool {
    value.utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 }
  }

  private static func isReserved(_ name: String) -> Bool {
    switch name.utf8.count {
    case 6, 10, 14, 17: ["status", "connection", "content-length", "transfer-encoding"].contains(name.lowercased())
    default: false
    }
  }

  /// Returns the reason phrase of a status.
  ///
  /// Source: <https://www.iana.org/assignments/http-status-codes>
  private static func reason(_ status: Int) -> String {
    reasons[status] ?? "Status \(status)"
  }

  private static let reasons = [
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
    301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect",
    308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict",
    410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long",
    415: "Unsupported Media Type", 416: "Range Not Satisfiable", 422: "Unprocessable Content", 423: "Locked",
    425: "Too Early", 428: "Precondition Required", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout", 507: "Insufficient Storage",
  ]
}
