import Core
import Foundation
import HTTP

extension Examination {
  /// Looks at the headers of answers of the API and of images.
  static let siteHeaders = Examination(checks: [.headers, .hsts, .serverVersion, .sharedCache]) { ground in
    let urls = [ground.settings.linksURL + "/v1/usage", ground.settings.imagesURL + "/images/audit"]
    let answers = urls.map { (url: $0, answer: ground.site.ask("GET", $0)) }
    func each(_ check: Check, _ judge: (Probe.Answer, String) -> Observation) -> [Finding] {
      answers.map { url, answer in
        let quote = answer.quote("GET \(url)")
        guard answer.status != nil else { return check.found(at: url, .unknown("no answer", quote)) }
        return check.found(at: url, judge(answer, quote))
      }
    }
    let api = answers[0]
    let apiQuote = api.answer.quote("GET \(api.url)")
    let cached: Observation =
      api.answer.status == nil ? .unknown("no answer", apiQuote) : storing(api.answer, apiQuote)
    let place = ground.subject.nginxFile ?? "nginx"
    let locations = ground.configured(locationHeaders).map { Check.headers.found(at: place, $0) }
    return each(.headers, securityHeaders) + locations + each(.hsts, strictTransport) + each(.serverVersion, version)
      + [Check.sharedCache.found(at: api.url, ground.configured(caches) + [cached])]
  }

  private static func securityHeaders(_ answer: Probe.Answer, _ quote: String) -> Observation {
    var missing: [String] = []
    if answer.header("x-content-type-options")?.lowercased() != "nosniff" { missing.append("X-Content-Type-Options") }
    if answer.header("referrer-policy") == nil { missing.append("Referrer-Policy") }
    let policy = answer.header("content-security-policy") ?? ""
    if answer.header("x-frame-options") == nil, !policy.contains("frame-ancestors") {
      missing.append("X-Frame-Options")
    }
    return missing.isEmpty
      ? .pass("has the security headers", quote) : .fail("lacks \(missing.joined(separator: ", "))", quote)
  }

  private static func locationHeaders(_ configuration: NginxConfiguration) -> Observation {
    for server in configuration.servers where server.isPublic {
      if let bare = server.bareLocation {
        return .fail("the location \(bare.arguments.last ?? "") drops the security headers", bare.line)
      }
    }
    return .pass("each location that adds a header adds the security headers")
  }

  private static func strictTransport(_ answer: Probe.Answer, _ quote: String) -> Observation {
    let value = answer.header("strict-transport-security") ?? ""
    let age = value.firstMatch(of: /max-age="?([0-9]{1,12})/).flatMap { Int($0.1) } ?? 0
    return age >= 31_536_000
      ? .pass("Strict-Transport-Security: \(value)", quote)
      : .fail(value.isEmpty ? "no Strict-Transport-Security" : "Strict-Transport-Security: \(value)", quote)
  }

  private static func version(_ answer: Probe.Answer, _ quote: String) -> Observation {
    let server = answer.header("server") ?? ""
    return server.contains(where: \.isNumber)
      ? .fail("Server: \(server)", quote) : .pass(server.isEmpty ? "no Server header" : "Server: \(server)", quote)
  }

  private static func storing(_ answer: Probe.Answer, _ quote: String) -> Observation {
    let value = answer.header("cache-control") ?? ""
    return value.contains("no-store") || value.contains("private")
      ? .pass("the API answers Cache-Control: \(value)", quote)
      : .fail("the API answers without Cache-Control: no-store", quote)
  }

  /// Finds caches in front of anything but images and authorize.
  private static func caches(_ configuration: NginxConfiguration) -> Observation {
    for server in configuration.servers where server.isPublic {
      for location in server.locations {
        let block = location.block ?? []
        guard let cache = block.first(where: { ["fastcgi_cache", "proxy_cache"].contains($0.name) }),
          cache.arguments != ["off"]
        else { continue }
        let path = location.arguments.last ?? ""
        let isImages = ["images", "private", "premium"].contains { path.contains($0) } || path == "/authorize"
        guard isImages else { return .fail("nginx caches \(path)", cache.line) }
      }
      if let cache = server.directives.first(where: { $0.name == "fastcgi_cache" }) {
        return .fail("nginx caches the whole site", cache.line)
      }
    }
    return .pass("only images have a cache in nginx")
  }

  /// Asks for a host that nobody has.
  static let siteFrontDoor = Examination(checks: [.unknownHost]) { ground in
    origins(ground).map { origin in
      let url = origin + "/v1/usage"
      let answer = ground.site.ask("GET", url, headers: [("Host", "audit.invalid")])
      let quote = answer.quote("GET \(url) (Host: audit.invalid)")
      let observation: Observation =
        switch answer {
        case .success(let response) where [400, 403, 404, 421].contains(response.head.status):
          .pass("refuses unknown hosts", quote)
        case .success(let response) where response.head.status < 500: .fail("answers for any host", quote)
        case .failure(.connection(_)), .failure(.incomplete(_)): .pass("closes the connection", quote)
        default: .unknown("neither answered nor refused", quote)
        }
      return Check.unknownHost.found(at: origin, ground.configured(names) + [observation])
    }
  }

  private static func names(_ configuration: NginxConfiguration) -> Observation {
    for server in configuration.servers where server.isPublic {
      let names = server.directives.filter { $0.name == "server_name" }
      if let pattern = names.first(where: { $0.arguments.contains { $0.hasPrefix("~") } }) {
        return .fail("a pattern decides which hosts are known", pattern.line)
      }
    }
    return .pass("the names of the site are written out")
  }

  /// Reads the guards, the limits and the users of nginx, and asks for guarded images.
  static let siteConfiguration = Examination(
    checks: [.guardedImages, .rateLimits, .realIP, .nginxUser, .nginxFiles, .exposedFiles, .logSecrets]
  ) { ground in
    let place = ground.subject.nginxFile ?? "nginx"
    func read(_ check: Check, _ observe: (NginxConfiguration) -> Observation) -> Finding {
      let observations = ground.configured(observe)
      return check.found(at: place, observations.isEmpty ? [.manual("nginx runs elsewhere")] : observations)
    }
    let guarded = ["private", "premium"].map { prefix -> Observation in
      let url = "\(ground.settings.imagesURL)/\(prefix)/audit/00000000-0000-7000-8000-000000000000/thumb.webp"
      let answer = ground.site.ask("GET", url)
      let quote = answer.quote("GET \(url)")
      switch answer.status {
      case .some(401), .some(403): return .pass("needs cookies", quote)
      case nil, .some(500...): return .unknown("neither answered nor refused", quote)
      default: return .fail("/\(prefix)/ answers without cookies", quote)
      }
    }
    return [
      Check.guardedImages.found(at: ground.settings.imagesURL, ground.configured(guards) + guarded),
      read(.rateLimits, limits), read(.realIP, proxies), read(.nginxUser, user), read(.nginxFiles, modes),
      read(.exposedFiles) { exposed(secretFiles(ground.subject), $0) }, read(.logSecrets, logs),
    ]
  }

  private static func guards(_ configuration: NginxConfiguration) -> Observation {
    for server in configuration.servers where server.isPublic {
      for location in server.locations {
        let path = location.arguments.last ?? ""
        let block = location.block ?? []
        guard path.contains("private") || path.contains("premium"), block.contains(where: { $0.name == "fastcgi_pass" })
        else { continue }
        let question = block.first { $0.name == "auth_request" } ?? server.setting("auth_request")
        guard let question, question.arguments != ["off"] else {
          return .fail("the location \(path) asks nobody", location.line)
        }
      }
    }
    for server in configuration.servers where server.isPublic {
      if let key = server.incompleteKey(configuration) {
        return .fail("the permission for one request counts for others", key.line)
      }
      if let other = server.rewrittenImage {
        return .fail("a location without auth_request asks for another image than the address names", other.line)
      }
    }
    return .pass("each location of guarded images has auth_request")
  }

  /// The files that no stranger may have.
  private static func secretFiles(_ subject: AuditSubject) -> [String] {
    let settings = subject.settings
    var files = [subject.settingsFile, settings.cookies.signingKey?.path, settings.database.path].compactMap { $0 }
    if case .file(let path)? = settings.tokens.keys { files.append(path) }
    return files
  }

  private static func exposed(_ secrets: [String], _ configuration: NginxConfiguration) -> Observation {
    let keys = configuration.all.filter { $0.name == "ssl_certificate_key" }.compactMap(\.arguments.first)
      .map(configuration.path)
    for server in configuration.servers {
      if let open = server.exposes(secrets + keys + configuration.files, configuration) {
        return .fail("nginx hands out a folder with secrets", open.line)
      }
    }
    return .pass("no folder that nginx hands out has settings, keys or the database")
  }

  private static func logs(_ configuration: NginxConfiguration) -> Observation {
    configuration.talkativeLog.map { .fail("the access log has tokens, cookies or signatures", $0.line) }
      ?? .pass("no format of the access log has tokens, cookies or queries")
  }

  private static func modes(_ configuration: NginxConfiguration) -> Observation {
    for path in configuration.files {
      let isSecret = path.hasSuffix("/cdn-secrets.conf") && configuration.hasSecrets(in: path)
      let judged = FileFacts.closed(path, to: isSecret ? 0o007 : 0o002)
      guard judged.outcome == .pass else {
        return Observation(outcome: judged.outcome, text: "\(path) \(judged.text)", evidence: judged.evidence)
      }
    }
    return .pass("nobody else can change the \(Wording.number(configuration.files.count, "file"))")
  }

  private static func limits(_ configuration: NginxConfiguration) -> Observation {
    if let dry = configuration.all.first(where: { $0.name.hasSuffix("_dry_run") && $0.arguments == ["on"] }) {
      return .fail("the limits only count", dry.line)
    }
    if let map = configuration.http.first(where: { $0.name == "map" && $0.arguments.last == "$stowage_limit_exempt" }) {
      return .fail("something else than the address decides who is exempt", map.line)
    }
    for exempt in configuration.defaults(of: "$stowage_limit_exempt") where exempt.arguments != ["0"] {
      return .fail("every address is exempt", exempt.line)
    }
    for exempt in configuration.entries(of: "$stowage_limit_exempt")
    where exempt.arguments == ["1"] && NginxAddress.isBroad(exempt.name) {
      return .fail("a whole network is exempt", exempt.line)
    }
    for server in configuration.servers where server.isPublic {
      for location in server.locations {
        let block = location.block ?? []
        let isLimited = block.contains { $0.name == "limit_req" } || server.setting("limit_req") != nil
        let target = block.last { $0.name == "fastcgi_pass" }?.arguments.first ?? ""
        let isInternal = block.contains { $0.name == "internal" }
        if !isLimited, !isInternal,
          ["presign", "files", "image", "authorize", "dashboard"].contains(where: target.contains)
        {
          return .fail("no limit_req in the location \(location.arguments.last ?? "")", location.line)
        }
      }
    }
    return .pass("each route to a process has limit_req")
  }

  private static func proxies(_ configuration: NginxConfiguration) -> Observation {
    let trusted = configuration.all.filter { $0.name == "set_real_ip_from" }
    if let broad = trusted.first(where: { NginxAddress.isBroad($0.arguments.first ?? "") }) {
      return .fail("every client may name its address", broad.line)
    }
    return trusted.isEmpty
      ? .pass("no proxy is trusted") : .pass("trusts \(Wording.number(trusted.count, "proxy", plural: "proxies"))")
  }

  private static func user(_ configuration: NginxConfiguration) -> Observation {
    guard let user = configuration.root.last(where: { $0.name == "user" }) else {
      return .pass("nginx's workers run as its default user")
    }
    return user.arguments.first == "root"
      ? .fail("nginx's workers run as root", user.line) : .pass("nginx's workers run as \(user.arguments.first ?? "")")
  }
}
