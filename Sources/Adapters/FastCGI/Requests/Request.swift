/// A request, as nginx passed it.
///
/// nginx must pass REQUEST_METHOD, DOCUMENT_URI (`$document_uri`: decoded and normalised, without the query),
/// QUERY_STRING, CONTENT_TYPE, CONTENT_LENGTH and REMOTE_ADDR. nginx adds the headers of the request by default.
public struct Request: Sendable {
  /// The method, in the letter case that the client sent.
  public let method: String
  /// The decoded, normalised path; it begins with a slash.
  public let path: String
  /// The query without the question mark, still percent-encoded; empty if the request has none.
  public let query: String
  /// The whole body; empty if the request has none.
  public let body: [UInt8]
  /// Facts about the request that the log records beside its method, path and status.
  public let notes = RequestNotes()
  private let parameters: Parameters

  /// Creates a request directly, for tests of handlers.
  public init(
    method: String,
    path: String,
    query: String = "",
    headers: [String: String] = [:],
    parameters: [String: String] = [:],
    body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.body = body
    var all = parameters
    for (name, value) in headers { all[Self.parameterName(ofHeader: name)] = value }
    self.parameters = Parameters(all)
  }

  init(method: String, path: String, parameters: Parameters, body: [UInt8]) {
    self.method = method
    self.path = path
    query = parameters["QUERY_STRING"] ?? ""
    self.body = body
    self.parameters = parameters
  }

  /// The address of nginx's client; empty if nginx passes no REMOTE_ADDR.
  public var remoteAddress: String { parameters["REMOTE_ADDR"] ?? "" }

  /// Returns a request header; the name is case-insensitive.
  ///
  /// Values of a repeated header are joined by ", ", cookies by "; ". A header with an empty value is "", an absent one
  /// is nil. nginx passes CONTENT_TYPE and CONTENT_LENGTH with every request, so an empty value of these two is nil.
  public func header(_ name: String) -> String? {
    let parameter = Self.parameterName(ofHeader: name)
    let value = parameters[parameter]
    return value == "" && !parameter.hasPrefix("HTTP_") ? nil : value
  }

  /// Returns a parameter that nginx passed with `fastcgi_param`; the last value if nginx passed it twice.
  public func parameter(_ name: String) -> String? { parameters[name] }

  /// Returns the bytes of a parameter that nginx passed with `fastcgi_param`, which need not be UTF-8; the last value if
  /// nginx passed it twice.
  public func bytes(ofParameter name: String) -> [UInt8]? { parameters.bytes(of: name) }

  /// Returns the CGI parameter of a header: CONTENT_TYPE for `Content-Type`, HTTP_X_NAME for `X-Name`.
  ///
  /// Source: <https://www.rfc-editor.org/rfc/rfc3875#section-4.1.18>
  private static func parameterName(ofHeader name: String) -> String {
    let upper = String(
      decoding: name.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "-"): UInt8(ascii: "_")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
        default: byte
        }
      },
      as: UTF8.self
    )
    return upper == "CONTENT_TYPE" || upper == "CONTENT_LENGTH" ? upper : "HTTP_" + upper
  }
}
