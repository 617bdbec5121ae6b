import Core
import HTTP

extension Doctor {
  /// The user name in forged headers.
  ///
  /// Such a header must not authenticate a request.
  private static let pretended = "stowage-doctor"

  /// Headers that try to forge an identity; each group belongs to one request.
  private static let forgeries: [[(name: String, value: String)]] = [
    [("Stowage-User", pretended), ("Stowage-Role", "service")],
    ["X-Stowage-User", "X-User", "X-Remote-User", "X-Forwarded-User", "X-Auth-Request-User", "Remote-User"].map {
      ($0, pretended)
    },
  ]

  /// Checks if the public address of the API refuses requests without a token or login, with and without forged
  /// headers.
  ///
  /// With `STOWAGE_IDENTITY=nginx`, it also checks that nginx asks for a login.
  func strangers() -> Finding {
    let address = patient.settings.linksURL + "/v1/usage"
    let client = HTTPClient(HTTPClient.Settings(caFile: patient.certificateAuthority))
    func status(_ headers: [(name: String, value: String)]) throws(HTTPError) -> Int {
      let request = HTTPRequest("GET", address, headers: headers, deadlines: HTTPDeadlines(total: 10))
      return try client.send(request).head.status
    }
    do throws(HTTPError) {
      let plain = try status([])
      for headers in Self.forgeries {
        let forged = try status(headers)
        // The status 401 or 429, or a failure of a dependency since the first request, shows that no header was
        // trusted.
        guard forged == plain || [401, 429].contains(forged) || forged >= 500 else {
          return .bad(
            "strangers",
            "\(address) answers \(plain), but \(forged) with \(headers.map(\.name).joined(separator: ", "))",
            "Anybody can be anybody: no fastcgi_param of nginx/local may be made of what a client sends."
          )
        }
      }
      return judge(plain, at: address)
    } catch {
      return .bad(
        "strangers",
        "\(address): \(error)",
        "Start nginx, or let STOWAGE_LINKS_URL be this site's public address. For a certificate of your own, see STOWAGE_CA."
      )
    }
  }

  private func judge(_ status: Int, at address: String) -> Finding {
    let believesNginx = patient.settings.tokens.identity == .nginx
    let well = Finding.good("strangers", "\(address) answers \(status), whatever headers say")
    switch status {
    case 401: return well
    case 403 where believesNginx: return well
    case 200..<300:
      return .bad("strangers", "\(address) answers \(status) to nobody", "Close it: whoever asks gets in.")
    case 503 where believesNginx:
      return .bad(
        "strangers",
        "\(address) answers 503: nginx asks no login, or it does not answer as it should",
        "In nginx/local, take the comment marks out of identity.conf and login.conf; the login must answer 401 to nobody."
      )
    default:
      return .warning(
        "strangers",
        "\(address) answers \(status), not 401",
        "Look into nginx's log; is STOWAGE_LINKS_URL the public address of the API?"
      )
    }
  }
}
