import FastCGI

/// Which other origins' pages may call the API. Source: https://fetch.spec.whatwg.org/#http-cors-protocol
struct CrossOrigin {
  let allowed: [String]

  /// The answer to a preflight from an allowed origin, or nil where `request` is something else.
  func preflight(_ request: Request) -> Response? {
    guard request.method == "OPTIONS", request.header("Access-Control-Request-Method") != nil,
      origin(of: request) != nil
    else { return nil }
    return Response(
      status: 204,
      headers: [
        ("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE"),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type"), ("Access-Control-Max-Age", "600"),
      ],
      body: .bytes([])
    )
  }

  /// Lets the page that asked read `response`, if its origin is allowed.
  func mark(_ response: inout Response, for request: Request) {
    guard !allowed.isEmpty else { return }
    response.headers.append(("Vary", "Origin"))
    if let origin = origin(of: request) { response.headers.append(("Access-Control-Allow-Origin", origin)) }
  }

  private func origin(of request: Request) -> String? {
    guard let origin = request.header("Origin"), allowed.contains(origin) || allowed.contains("*") else { return nil }
    return origin
  }
}
