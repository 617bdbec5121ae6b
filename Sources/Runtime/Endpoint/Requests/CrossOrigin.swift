import FastCGI

/// The cross-origin rules (CORS): the web origins whose pages may call the API.
///
/// Source: https://fetch.spec.whatwg.org/#http-cors-protocol
struct CrossOrigin {
  let allowed: [String]
  var profile = ClientProfile.own
  /// True if every route identifies users by credentials that browsers attach automatically.
  var takesCookies = false

  /// Returns the response to a preflight from an allowed origin; nil if `request` is not a preflight.
  ///
  /// With `ClientProfile.companion` any OPTIONS request counts: older versions of Uppy send one to learn the allowed
  /// headers.
  func preflight(_ request: Request) -> Response? {
    guard request.method == "OPTIONS",
      profile == .companion || request.header("Access-Control-Request-Method") != nil && origin(of: request) != nil
    else { return nil }
    return Response(
      status: 204,
      headers: [
        ("Access-Control-Allow-Methods", profile.methods), ("Access-Control-Allow-Headers", profile.headers),
        ("Access-Control-Max-Age", "600"),
      ],
      body: .bytes([])
    )
  }

  /// Adds the headers that let the requesting page read `response` if its origin is allowed.
  func mark(_ response: inout Response, for request: Request) {
    guard !allowed.isEmpty else { return }
    response.headers.append(("Vary", "Origin"))
    guard let origin = origin(of: request) else { return }
    response.headers.append(("Access-Control-Allow-Origin", origin))
    if let exposed = profile.exposedHeaders(of: request.method) {
      response.headers.append(("Access-Control-Expose-Headers", exposed))
    }
    if takesCookies || profile.allowsCredentials, allowed.contains(origin) {
      response.headers.append(("Access-Control-Allow-Credentials", "true"))
    }
  }

  private func origin(of request: Request) -> String? {
    guard let origin = request.header("Origin"), !origin.isEmpty, allowed.contains(origin) || allowed.contains("*")
    else { return nil }
    return origin
  }
}
