import Core
import Foundation
import Glibc

extension Examination {
  /// Looks at the addresses of the private listeners, and asks the public site for their routes.
  static let privateListeners = Examination(checks: [.privateListeners]) { ground in
    let check = Check.privateListeners
    var findings = origins(ground).map { check.found(at: $0, routes($0, ground)) }
    for node in ground.settings.cacheNodes {
      let address = String(node.drop { $0 != "/" }.dropFirst(2))
      findings.append(
        check.found(
          at: "STOWAGE_CACHE_NODES",
          NginxAddress.isPrivate(address) ? .pass("\(node) is private") : .fail("\(node) is a public address")
        )
      )
    }
    switch ground.nginx {
    case .elsewhere: break
    case .unreadable:
      findings.append(check.found(at: ground.subject.nginxFile ?? "nginx", ground.configured { _ in .pass("") }))
    case .read(let configuration):
      let listeners = configuration.servers.filter { $0.isPrivate && !$0.isPublic }.flatMap(\.listens)
      for server in configuration.servers where server.isPublic {
        guard let leak = server.leak(to: listeners, upstreams: configuration.upstreams) else { continue }
        findings.append(
          check.found(at: leak.place, .fail("the public site leads to a private listener", leak.line))
        )
      }
      for server in configuration.servers where server.isPrivate {
        findings += server.listens.map { listen in
          let mixed = Observation.fail("the public site has a private route", listen.line)
          return check.found(at: listen.place, server.isPublic ? mixed : judged(listen, ground))
        }
      }
    }
    return findings
  }

  private static func routes(_ origin: String, _ ground: Ground) -> [Observation] {
    let attempts = [("GET", "/files/metrics"), ("GET", "/purge/images/audit"), ("POST", "/events/s3")]
    return attempts.map { method, path in
      let answer = ground.site.ask(method, origin + path, body: method == "POST" ? Array("{}".utf8) : nil)
      let quote = answer.quote("\(method) \(origin)\(path)")
      switch answer.status {
      case .some(403), .some(404), .some(405), .some(421): return .pass("\(path) is not public", quote)
      case .some(300..<400): return .pass("\(path) is not public", quote)
      case nil, .some(500...): return .unknown("neither answered nor refused", quote)
      default: return .fail("the public site answers \(path)", quote)
      }
    }
  }

  private static func judged(_ listen: NginxDirective, _ ground: Ground) -> Observation {
    let address = listen.arguments.first ?? ""
    guard !NginxAddress.isPrivate(address) else { return .pass("listens at \(address)") }
    let port = NginxAddress.port(of: address)
    let host = NginxAddress.host(of: address)
    let isEvery = ["*", "0.0.0.0", "::"].contains(host)
    guard let own = isEvery ? ownAddress() : host else {
      return .fail("listens at \(address), which is every address of this machine", listen.line)
    }
    let url = "http://\(own.contains(":") ? "[\(own)]" : own):\(port)/files/health/live"
    let quote = ground.site.ask("GET", url).quote("GET \(url)")
    return .fail("listens at \(address)", listen.line, quote)
  }

  /// Returns an IPv4 address of this machine that others may reach; nil if there is none.
  private static func ownAddress() -> String? {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return nil }
    defer { freeifaddrs(list) }
    var entry = list
    while let current = entry {
      entry = current.pointee.ifa_next
      guard let address = current.pointee.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET),
        current.pointee.ifa_flags & UInt32(IFF_LOOPBACK) == 0
      else { continue }
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let size = socklen_t(MemoryLayout<sockaddr_in>.size)
      if getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }
    return nil
  }

  /// Asks the API as nobody, as somebody by headers, from a foreign page, and with a forged event.
  static let apiAccess = Examination(checks: [.anonymousAPI, .forgedUser, .forgedEvent, .foreignOrigin]) { ground in
    let api = ground.settings.linksURL
    return [
      Check.anonymousAPI.found(
        at: api,
        ["/v1/usage", "/v1/files", "/v1/users/audit", "/v1/admin/overview"].map { refused($0, [], ground) }
      ),
      Check.forgedUser.found(at: api, forgeries.map { refused("/v1/usage", $0, ground) }),
      Check.forgedEvent.found(at: eventsAddress(ground) ?? "events", event(ground)),
      Check.foreignOrigin.found(at: api, foreignOrigin(ground)),
    ]
  }

  /// Headers that try to forge an identity; each group belongs to one request.
  private static let forgeries: [[(name: String, value: String)]] = [
    [("Stowage-User", "stowage-audit"), ("Stowage-Role", "admin")],
    ["X-Stowage-User", "X-User", "X-Remote-User", "X-Forwarded-User", "X-Auth-Request-User", "Remote-User"].map {
      ($0, "stowage-audit")
    },
  ]

  private static func refused(_ path: String, _ headers: [(name: String, value: String)], _ ground: Ground)
    -> Observation
  {
    let url = ground.settings.linksURL + path
    let answer = ground.site.ask("GET", url, headers: headers)
    let names = headers.isEmpty ? "" : " (\(headers.map(\.name).joined(separator: ", ")))"
    let quote = answer.quote("GET \(url)\(names)")
    switch answer.status {
    case .some(401), .some(403): return .pass("refused", quote)
    case nil, .some(429), .some(500...): return .unknown("neither answered nor refused", quote)
    default: return .fail(headers.isEmpty ? "answers nobody" : "believes a header", quote)
    }
  }

  /// Returns the address of the listener for events, from nginx's configuration.
  private static func eventsAddress(_ ground: Ground) -> String? {
    guard case .read(let configuration) = ground.nginx else { return nil }
    let server = configuration.servers.first { server in
      server.locations.contains { $0.arguments.last == "/events/" }
    }
    guard let address = server?.listens.first?.arguments.first, !address.hasPrefix("unix:") else { return nil }
    let host = NginxAddress.host(of: address)
    let own = ["*", "0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host
    return "http://\(own.contains(":") ? "[\(own)]" : own):\(NginxAddress.port(of: address))"
  }

  private static func event(_ ground: Ground) -> Observation {
    guard let address = eventsAddress(ground) else {
      return ground.configured { _ in .manual("nginx's configuration has no listener for events") }.first
        ?? .manual("nginx runs elsewhere: its listener for events is unknown")
    }
    let url = address + "/events/seaweedfs"
    let headers = [
      (name: "Authorization", value: "Bearer forged-by-the-audit-0000000000"),
      (name: "Content-Type", value: "application/json"),
    ]
    let answer = ground.site.ask("POST", url, headers: headers, body: Array(#"{"event_type":"create"}"#.utf8))
    let quote = answer.quote("POST \(url)")
    switch answer.status {
    case .some(401), .some(403): return .pass("refuses a forged token", quote)
    case .some(200..<300): return .fail("accepts an event with a forged token", quote)
    default: return .unknown("neither accepted nor refused", quote)
    }
  }

  private static func foreignOrigin(_ ground: Ground) -> [Observation] {
    let setting: Observation =
      ground.settings.corsOrigins.contains("*")
      ? .fail("STOWAGE_CORS_ORIGINS is *") : .pass("STOWAGE_CORS_ORIGINS lists origins")
    return [
      setting, preflight("POST", ground.settings.linksURL + "/v1/uploads", ground.site), refusal("/v1/audit", ground),
    ]
  }

  /// Asks for an address that nginx itself refuses, from a foreign page.
  private static func refusal(_ path: String, _ ground: Ground) -> Observation {
    let origin = "https://audit.invalid"
    let url = ground.settings.linksURL + path
    let answer = ground.site.ask("GET", url, headers: [("Origin", origin)])
    let quote = answer.quote("GET \(url) (Origin: \(origin))")
    guard answer.status != nil else { return .unknown("no answer to a page of a foreign origin", quote) }
    let allowed = answer.header("access-control-allow-origin")
    return allowed == "*" || allowed == origin
      ? .fail("a page of \(origin) may read refusals", "\(quote), Access-Control-Allow-Origin: \(allowed ?? "")")
      : .pass("refusals are not for foreign pages", quote)
  }
}
