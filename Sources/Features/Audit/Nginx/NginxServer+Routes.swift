import Foundation

/// Routes of the public site that lead elsewhere than to its processes.
extension NginxServer {
  private static let headersOfPages = "x-content-type-options"

  /// Returns the directive that sends requests of strangers to one of these private listeners; nil if there is none.
  ///
  /// `upstreams` has the servers of each `upstream`. A target with a variable counts if a listener's port is written out.
  func leak(to listeners: [NginxDirective], upstreams: [String: [String]]) -> NginxDirective? {
    let addresses = listeners.compactMap(\.arguments.first)
    let sockets = Set(addresses.filter { $0.hasPrefix("unix:") })
    let ports = Set(addresses.filter { !$0.hasPrefix("unix:") }.map(NginxAddress.port))
    return all.first { directive in
      guard directive.name == "proxy_pass", let target = directive.arguments.first else { return false }
      let rest = target.range(of: "://").map { target[$0.upperBound...] } ?? target[...]
      let socket = rest.hasPrefix("unix:") ? String(rest.dropFirst(5).prefix { $0 != ":" }) : nil
      let authority = String(rest.prefix { $0 != "/" })
      let servers = socket.map { ["unix:" + $0] } ?? upstreams[authority] ?? [authority]
      return servers.contains { server in
        if server.hasPrefix("unix:") { return sockets.contains(server) }
        let host = NginxAddress.host(of: server)
        let isOwn = NginxAddress.isPrivate(server) || host.contains("$")
        return isOwn && ports.contains(NginxAddress.port(of: server))
      }
    }
  }

  /// Returns the directive that lets a request for one path be judged or answered as another; nil if there is none.
  ///
  /// The process `image` answers `$stowage_path`, for which nobody is asked where `auth_request` is missing.
  var rewrittenImage: NginxDirective? {
    for location in locations {
      let inner = NginxConfiguration.flattened(location.block ?? [])
      let isAsked = (location.block ?? []).contains { $0.name == "auth_request" && $0.arguments != ["off"] }
      let leadsToImages = inner.contains { directive in
        directive.name == "fastcgi_pass" && (directive.arguments.first ?? "").hasSuffix("/image.sock")
      }
      guard !isAsked, leadsToImages else { continue }
      let isOther: (NginxDirective) -> Bool = { directive in
        directive.name == "set" && directive.arguments.first == "$stowage_path" && directive.arguments.last != "$uri"
          || directive.name == "rewrite"
      }
      if let other = inner.first(where: isOther) { return other }
    }
    return nil
  }

  /// Returns the cache of authorize's permissions whose key lacks something of the question; nil if there is none.
  func incompleteKey(_ configuration: NginxConfiguration) -> NginxDirective? {
    for location in locations {
      let block = location.block ?? []
      // A subrequest of auth_request.
      guard block.contains(where: { $0.name == "internal" }),
        block.contains(where: { $0.name == "fastcgi_cache" && $0.arguments != ["off"] }),
        block.contains(where: { $0.name == "fastcgi_pass" && ($0.arguments.first ?? "").hasSuffix("/authorize.sock") })
      else { continue }
      guard let key = block.last(where: { $0.name == "fastcgi_cache_key" }) else { return location }
      let text = (key.arguments.first ?? "").replacing("{", with: "").replacing("}", with: "")
      let whole =
        text
        + configuration.defaults(of: "$stowage_cookies").flatMap(\.arguments)
        .filter { _ in text.contains("$stowage_cookies") }.joined()
      let needed = ["policy", "expires", "signature", "key_pair"].map { "$stowage_cookie_" + $0 } + ["$stowage_path"]
      let hasAddress = whole.contains("$remote_addr") || whole.contains("$binary_remote_addr")
      guard hasAddress, needed.allSatisfy(whole.contains) else { return key }
    }
    return nil
  }

  /// Returns a location that adds headers, and so drops the security headers that it would inherit; nil if there is none.
  var bareLocation: NginxDirective? {
    for location in locations {
      let added = (location.block ?? []).filter { $0.name == "add_header" }.compactMap {
        $0.arguments.first?.lowercased()
      }
      let isInternal = (location.block ?? []).contains { $0.name == "internal" }
      guard added.isEmpty || isInternal || added.contains(Self.headersOfPages) else { return location }
    }
    return nil
  }

  /// Returns the directive whose folder, as strangers can ask for it, has one of these files; nil if there is none.
  func exposes(_ files: [String], _ configuration: NginxConfiguration) -> NginxDirective? {
    let real = files.map { URL(filePath: $0).resolvingSymlinksInPath().path }
    func isOpen(_ folder: String) -> Bool {
      let path = URL(filePath: configuration.path(of: folder)).resolvingSymlinksInPath().path
      return real.contains { $0 == path || $0.hasPrefix(path == "/" ? "/" : path + "/") }
    }
    for location in locations where !(location.block ?? []).contains(where: { $0.name == "internal" }) {
      let block = location.block ?? []
      let modifier = location.arguments.count > 1 ? location.arguments[0] : ""
      let prefix = ["", "=", "^~"].contains(modifier) ? location.arguments.last ?? "" : ""
      if let alias = block.last(where: { $0.name == "alias" }), isOpen(alias.arguments.first ?? "") { return alias }
      if let root = block.last(where: { $0.name == "root" }), isOpen((root.arguments.first ?? "") + prefix) {
        return root
      }
    }
    return nil
  }
}

extension NginxConfiguration {
  /// The addresses of the servers of each `upstream`, by its name.
  var upstreams: [String: [String]] {
    var found: [String: [String]] = [:]
    for upstream in http where upstream.name == "upstream" {
      found[upstream.arguments.first ?? "", default: []] += (upstream.block ?? [])
        .filter { $0.name == "server" }.compactMap(\.arguments.first)
    }
    return found
  }

  /// Returns a format of the access log with tokens, cookies or bodies; nil if there is none.
  var talkativeLog: NginxDirective? {
    let secret = [
      "$http_authorization", "$http_cookie", "$cookie_", "$request_body", "$stowage_cookie", "$stowage_session",
      "$stowage_signature", "$stowage_token", "$http_stowage_origin_secret", "$http_x_amz_security_token", "$args",
      "$query_string", "$request_uri", "$arg_",
    ]
    return http.first { directive in
      guard directive.name == "log_format" else { return false }
      let text = directive.arguments.dropFirst().joined().replacing("{", with: "").replacing("}", with: "")
      return secret.contains(where: text.contains) || text.contains(/\$request(?![a-z_])/)
    }
  }
}
