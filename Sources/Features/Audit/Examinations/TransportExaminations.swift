import Core
import Foundation
import HTTP

extension Examination {
  /// Offers old versions and weak ciphers, and asks without TLS.
  static let transport = Examination(checks: [.tlsVersion, .tlsCiphers, .certificate, .plainHTTP]) { ground in
    origins(ground).flatMap { origin -> [Finding] in
      guard origin.hasPrefix("https://") else {
        let plain = Observation.fail("\(origin) is plain http in the settings")
        return [
          Check.plainHTTP.found(at: origin, plain),
          Check.tlsVersion.found(at: origin, .manual("no TLS is spoken there")),
          Check.tlsCiphers.found(at: origin, .manual("no TLS is spoken there")),
          Check.certificate.found(at: origin, .manual("no TLS is spoken there")),
        ]
      }
      return [
        Check.tlsVersion.found(at: origin, ground.configured(protocols) + versions(origin)),
        Check.tlsCiphers.found(at: origin, ground.configured(ciphers) + [weakCiphers(origin)]),
        Check.certificate.found(at: origin, certificate(origin, ground)),
        Check.plainHTTP.found(at: origin, ground.configured(plainServers) + [plain(origin, ground)]),
      ]
    }
  }

  /// The public origins of the site.
  static func origins(_ ground: Ground) -> [String] {
    let urls = [ground.settings.imagesURL, ground.settings.linksURL].map { url in
      let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
      return parts.prefix(3).joined(separator: "/")
    }
    return Set(urls).sorted()
  }

  private static func protocols(_ configuration: NginxConfiguration) -> Observation {
    let tls = configuration.servers.filter { $0.isTLS }
    for server in tls {
      guard let directive = server.setting("ssl_protocols") else { continue }
      let old = directive.arguments.filter { !["TLSv1.2", "TLSv1.3"].contains($0) }
      guard old.isEmpty else { return .fail("\(old.joined(separator: ", ")) is offered", directive.line) }
    }
    return tls.isEmpty ? .pass("nginx speaks no TLS here") : .pass("ssl_protocols names TLS 1.2 and 1.3 only")
  }

  private static func versions(_ origin: String) -> [Observation] {
    [TLSHandshake.Version.tls10, .tls11].map { version in
      let outcome = TLSHandshake(origin).offer(version)
      let quote = "\(origin): a handshake with \(version) alone → \(word(outcome))"
      return switch outcome {
      case .accepted: .fail("accepts \(version)", quote)
      case .refused: .pass("refuses \(version)", quote)
      case .unreachable: .unknown("no handshake with \(version) could be tried", quote)
      }
    }
  }

  private static func word(_ outcome: TLSHandshake.Outcome) -> String {
    switch outcome {
    case .accepted: "accepted"
    case .refused(let reason): "refused (\(reason))"
    case .unreachable(let reason): "no answer (\(reason))"
    }
  }

  /// True if a name of OpenSSL's cipher lists stands for broken ciphers or for ciphers without forward secrecy.
  ///
  /// Source: https://docs.openssl.org/3.0/man1/openssl-ciphers/
  static func isWeak(_ name: String) -> Bool {
    guard !name.hasPrefix("!"), !name.hasPrefix("-"), !name.hasPrefix("@"), !name.isEmpty else { return false }
    let broken = ["NULL", "RC4", "3DES", "DES-CBC", "EXP", "MD5", "ADH", "AECDH", "LOW", "COMPLEMENT", "IDEA", "SEED"]
    if broken.contains(where: name.contains) { return true }
    if ["ALL", "kRSA", "RSA", "PSK", "kPSK", "SRP"].contains(name) { return true }
    // A name such as AES128-SHA has no key exchange in front: RSA, without forward secrecy.
    return name.hasPrefix("AES") && name.contains("-") || name.hasPrefix("CAMELLIA") || name.hasPrefix("PSK-")
  }

  private static func ciphers(_ configuration: NginxConfiguration) -> Observation {
    for server in configuration.servers where server.isTLS {
      guard let directive = server.setting("ssl_ciphers") else {
        return .fail("ssl_ciphers is not set: nginx's default has weak ciphers")
      }
      let weak = directive.arguments.flatMap { $0.split(separator: ":").map(String.init) }.filter(isWeak)
      guard weak.isEmpty else { return .fail("\(weak.joined(separator: ", ")) is offered", directive.place) }
    }
    return .pass("ssl_ciphers names strong ciphers only")
  }

  private static func weakCiphers(_ origin: String) -> Observation {
    let offered = "aNULL:eNULL:kRSA:3DES"
    let outcome = TLSHandshake(origin).offer(.tls12, ciphers: offered)
    let quote = "\(origin): a handshake with \(offered) → \(word(outcome))"
    return switch outcome {
    case .accepted: .fail("accepts a weak cipher", quote)
    case .refused: .pass("refuses weak ciphers", quote)
    case .unreachable: .unknown("no handshake with weak ciphers could be tried", quote)
    }
  }

  private static func certificate(_ origin: String, _ ground: Ground) -> Observation {
    let answer = ground.site.ask("GET", origin + "/images/audit")
    if case .failure(.tls(let reason)) = answer {
      return .fail("the certificate is not valid for \(origin)", reason)
    }
    guard answer.status != nil else { return .unknown("no answer", answer.quote("GET \(origin)/images/audit")) }
    guard let end = TLSHandshake(origin).certificateEnd() else { return .unknown("the certificate's end is unknown") }
    let text = "the certificate ends \(end.ISO8601Format())"
    return end < ground.now + 14 * 86_400 ? .fail(text) : .pass(text)
  }

  /// Finds servers that serve anything at an address without TLS which others may reach.
  private static func plainServers(_ configuration: NginxConfiguration) -> Observation {
    let serving: Set = ["fastcgi_pass", "proxy_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "root", "alias"]
    for server in configuration.servers where !server.isPrivate {
      let open = server.listens.filter { listen in
        !listen.arguments.contains("ssl") && !NginxAddress.isPrivate(listen.arguments.first ?? "")
      }
      guard let served = server.all.first(where: { serving.contains($0.name) }) else { continue }
      if let listen = open.first {
        return .fail("a server without TLS serves \(served.name)", listen.line, served.line)
      }
      if server.listens.isEmpty {
        return .fail("a server without listen serves \(served.name) at port 80", served.line)
      }
    }
    return .pass("no server without TLS serves anything")
  }

  private static func plain(_ origin: String, _ ground: Ground) -> Observation {
    let rest = origin.dropFirst("https://".count)
    let url = "http://\(rest)/v1/usage"
    let answer = ground.site.ask("GET", url)
    let quote = answer.quote("GET \(url)")
    if answer.isClosed { return .pass("no server listens for plain http", quote) }
    switch answer.status {
    case .some(300..<400):
      let target = answer.header("location") ?? ""
      return target.hasPrefix("https://") || target.hasPrefix("/") == false && target.contains("https://")
        ? .pass("redirects to https", "\(quote), Location: \(target)")
        : .fail("a plain request is redirected to \(target)", quote)
    // The API asks for a token: the request was accepted.
    case .some(401), .some(200..<300): return .fail("answers plain http", quote)
    case .some(400..<500): return .pass("refuses plain http", quote)
    default: return .unknown("neither answered nor refused", quote)
    }
  }
}
