/// The rules for cookies, headers and errors that a type of client expects of a route.
public enum ClientProfile: Sendable {
  /// Clients of the API: a token in a header, and no credentials that browsers attach automatically.
  case own
  /// Uppy, which expects a Companion: pages of the allowed origins may send cookies, every OPTIONS response lists the
  /// allowed headers, and errors have a `message`.
  ///
  /// Source: https://github.com/transloadit/uppy/blob/main/packages/%40uppy/companion-client/src/RequestClient.ts
  case companion
  /// Clients of the API whose responses may set cookies: pages of the allowed origins send `credentials: "include"`.
  case cookies

  var methods: String { self == .companion ? "GET, POST, DELETE, OPTIONS" : "GET, POST, PATCH, DELETE" }
  var headers: String {
    self == .companion
      ? "Accept, Authorization, Content-Type, Uppy-Auth-Token, Uppy-Versions"
      : "Authorization, Content-Type, If-Match, If-None-Match"
  }

  /// True if pages may send and receive cookies.
  var allowsCredentials: Bool { self != .own }

  /// Returns the response headers that a page may read.
  func exposedHeaders(of method: String) -> String? {
    guard method == "OPTIONS" else {
      return self != .companion ? "ETag, Retry-After, X-Request-ID" : "Retry-After, X-Request-ID"
    }
    return self == .companion ? "Access-Control-Allow-Headers" : nil
  }
}
