/// How a route speaks with the pages that call it.
public enum ClientProfile: Sendable {
  /// As the API does: a token in a header, and nothing that a browser sends by itself.
  case own
  /// As Uppy expects it of its Companion: pages of the application's origins may send cookies, what they may send stands
  /// in the answer to any OPTIONS, and errors have a `message`.
  ///
  /// Source: https://github.com/transloadit/uppy/blob/main/packages/%40uppy/companion-client/src/RequestClient.ts
  case companion
  /// As the API does, and answers may set cookies: pages of the application's origins ask with `credentials: "include"`.
  case cookies

  var methods: String { self == .companion ? "GET, POST, DELETE, OPTIONS" : "GET, POST, PATCH, DELETE" }
  var headers: String {
    self == .companion
      ? "Accept, Authorization, Content-Type, Uppy-Auth-Token, Uppy-Versions"
      : "Authorization, Content-Type, If-Match, If-None-Match"
  }

  /// Whether pages may send and take cookies.
  var allowsCredentials: Bool { self != .own }

  /// What a page may read of an answer beside its body.
  func exposedHeaders(of method: String) -> String? {
    guard method == "OPTIONS" else {
      return self != .companion ? "ETag, Retry-After, X-Request-ID" : "Retry-After, X-Request-ID"
    }
    return self == .companion ? "Access-Control-Allow-Headers" : nil
  }
}
