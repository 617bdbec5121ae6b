import Core
import FastCGI
import Foundation

/// The cross-origin rules (CORS): the web origins whose pages may call the API.
///
/// Source: https://fetch.spec.whatwg.org/#http-cors-protocol
struct CrossOrigin {
  let allowed: [String]
  var profile = ClientProfile.own
  /// The headers that pages may send besides those of the profile.
  var headers: [HeaderPattern] = []
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
        ("Access-Control-Allow-Methods", profile.methods),
        ("Access-Control-Allow-Headers", allowedHeaders(for: request)),
        ("Access-Control-Max-Age", "600"),
      ],
      body: .bytes([])
    )
  }

  /// Returns the names of all allowed headers.
  ///
  /// Browsers read no wildcard inside a name. So the names that the preflight asks for stand in place of `x-name-*`.
  private func allowedHeaders(for request: Request) -> String {
    let plain = headers.filter { !$0.hasWildcard }.map(\.description)
    let wildcards = headers.filter(\.hasWildcard)
    let asked =
      request.header("Access-Control-Request-Headers")?.lowercased().split(separator: ",", maxSplits: 64) ?? []
    let named = asked.map { $0.trimmingCharacters(in: .whitespaces) }.filter { name in
      name.utf8.count <= 64 && wildcards.contains { $0.matches(name) }
    }
    return ([profile.headers] + plain + named).joined(separator: ", ")
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
