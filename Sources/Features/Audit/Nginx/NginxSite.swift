import Foundation

/// A server of nginx's configuration.
struct NginxServer: Sendable {
  let directives: [NginxDirective]
  let http: [NginxDirective]

  /// Every directive of the server and of its locations.
  var all: [NginxDirective] { NginxConfiguration.flattened(directives) }

  /// The locations, also those in locations.
  var locations: [NginxDirective] { all.filter { $0.name == "location" } }

  /// The addresses that the server listens at.
  var listens: [NginxDirective] { directives.filter { $0.name == "listen" } }

  /// True if the server speaks TLS.
  var isTLS: Bool { listens.contains { $0.arguments.contains("ssl") } }

  /// The directive of the server, or the one that it inherits.
  func setting(_ name: String) -> NginxDirective? {
    directives.last { $0.name == name } ?? http.last { $0.name == name }
  }

  /// True if the server answers events, health, metrics or purging.
  var isPrivate: Bool {
    all.contains { directive in
      directive.name == "fastcgi_cache_purge" || directive.name == "proxy_cache_purge"
        || directive.name == "fastcgi_pass"
          && directive.arguments.contains { $0.hasSuffix("/webhook.sock") || $0.hasSuffix("/$monitored.sock") }
    }
  }

  /// True if the server answers the API or images.
  var isPublic: Bool {
    all.contains { directive in
      directive.name == "fastcgi_pass"
        && directive.arguments.contains { argument in
          ["presign", "files", "image", "authorize", "dashboard"].contains { argument.hasSuffix("/\($0).sock") }
        }
    }
  }
}

extension NginxConfiguration {
  /// The directives of the `http` block.
  var http: [NginxDirective] { root.filter { $0.name == "http" }.flatMap { $0.block ?? [] } }

  /// All servers.
  var servers: [NginxServer] {
    let http = http
    return http.filter { $0.name == "server" }.map { NginxServer(directives: $0.block ?? [], http: http) }
  }

  /// Every directive, also those in blocks.
  var all: [NginxDirective] { Self.flattened(root) }

  /// The value that a `map` or `geo` of this variable has by default.
  func defaults(of variable: String) -> [NginxDirective] {
    http.filter { ["map", "geo"].contains($0.name) && $0.arguments.last == variable }.flatMap { $0.block ?? [] }
      .filter { $0.name == "default" }
  }

  /// The entries of a `map` or `geo` of this variable but the default.
  func entries(of variable: String) -> [NginxDirective] {
    http.filter { ["map", "geo"].contains($0.name) && $0.arguments.last == variable }.flatMap { $0.block ?? [] }
      .filter { $0.name != "default" }
  }

  /// The files of the configuration that have a directive, in alphabetical order.
  var files: [String] {
    Set(all.compactMap { directive in directive.place.lastIndex(of: ":").map { String(directive.place[..<$0]) } })
      .sorted()
  }

  /// True if a map in this file has an entry besides the default.
  func hasSecrets(in path: String) -> Bool {
    all.contains { $0.block == nil && $0.place.hasPrefix(path + ":") && $0.name != "default" }
  }

  /// Returns the absolute path of a file that a directive names.
  func path(of name: String) -> String { name.hasPrefix("/") ? name : "\(folder)/\(name)" }

  static func flattened(_ directives: [NginxDirective]) -> [NginxDirective] {
    directives.flatMap { [$0] + flattened($0.block ?? []) }
  }
}

/// An address in nginx's `listen`, `set_real_ip_from` or `geo`.
enum NginxAddress {
  /// True if only this machine or a private network can reach the address.
  ///
  /// Sources: https://www.rfc-editor.org/rfc/rfc1918, https://www.rfc-editor.org/rfc/rfc4193
  static func isPrivate(_ address: String) -> Bool {
    if address.hasPrefix("unix:") { return true }
    let host = host(of: address)
    if host == "localhost" || host == "::1" { return true }
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    if numbers.count == 4 {
      switch (numbers[0], numbers[1]) {
      case (127, _), (10, _), (192, 168), (169, 254): return true
      case (172, let second?): return (16...31).contains(second)
      case (100, let second?): return (64...127).contains(second)
      default: return false
      }
    }
    return host.contains(":") && (host.hasPrefix("fc") || host.hasPrefix("fd") || host.hasPrefix("fe80"))
  }

  /// True if the network has every address, or more than 65,536.
  static func isBroad(_ network: String) -> Bool {
    let parts = network.split(separator: "/")
    guard parts.count == 2, let bits = Int(parts[1]) else { return network == "all" }
    if isPrivate(String(parts[0])) { return false }
    return parts[0].contains(":") ? bits < 32 : bits < 16
  }

  /// Returns the host without brackets and port; `*` if the address is a port alone.
  static func host(of address: String) -> String {
    if address.hasPrefix("["), let end = address.firstIndex(of: "]") {
      return address[address.index(after: address.startIndex)..<end].lowercased()
    }
    if Int(address) != nil { return "*" }
    guard address.filter({ $0 == ":" }).count == 1, let colon = address.lastIndex(of: ":") else {
      return address.lowercased()
    }
    return address[..<colon].lowercased()
  }

  /// Returns the port; 80 without one.
  static func port(of address: String) -> Int {
    if let port = Int(address) { return port }
    guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]) else {
      return 80
    }
    return port
  }
}
