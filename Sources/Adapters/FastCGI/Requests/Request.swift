/// One request, as nginx passed it.
///
/// nginx must pass REQUEST_METHOD, DOCUMENT_URI (`$document_uri`: decoded and normalised, no query), QUERY_STRING,
/// CONTENT_TYPE, CONTENT_LENGTH and REMOTE_ADDR; it adds the request's headers by itself.
public struct Request: Sendable {
  /// The method, in the client's own case.
  public let method: String
  /// The decoded, normalised path, beginning with a slash.
  public let path: String
  /// The query without its question mark, still percent-encoded; empty when there is none.
  public let query: String
  /// The body, whole; empty when there is none.
  public let body: [UInt8]
  /// What the log shall say of it, beside what it asks for.
  public let notes = RequestNotes()
  private let parameters: Parameters

  /// Makes a request by hand, for tests of what answers it.
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

  /// The address of nginx's client; empty when nginx passes no REMOTE_ADDR.
  public var remoteAddress: String { parameters["REMOTE_ADDR"] ?? "" }

  /// A request header, by its name in any case; values of a repeated one are joined by ", ", cookies by "; ".
  ///
  /// One that is there and empty is "", and never as if it were absent. nginx passes CONTENT_TYPE and CONTENT_LENGTH
  /// with every request, so of those an empty one is none.
  public func header(_ name: String) -> String? {
    let parameter = Self.parameterName(ofHeader: name)
    let value = parameters[parameter]
    return value == "" && !parameter.hasPrefix("HTTP_") ? nil : value
  }

  /// A parameter that nginx passed with `fastcgi_param`; of one passed twice the last counts.
  public func parameter(_ name: String) -> String? { parameters[name] }

  /// `Content-Type` is CONTENT_TYPE and `X-Name` is HTTP_X_NAME.
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
