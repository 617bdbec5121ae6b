import Foundation
import TestSupport
import Testing

@testable import Audit

@Suite struct NginxConfigurationTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func read(_ text: String) throws -> NginxConfiguration {
    try NginxConfiguration(folder.write(Array(text.utf8), to: "nginx.conf"))
  }

  @Test func `directives have arguments, blocks and places`() throws {
    let text = """
      user www-data; # a comment; with { signs
      http {
        map $a $b { default "x;{y}"; 'two words' ${c}d; }
        server { listen 127.0.0.1:80; location ~ "^/[a-z]{2}\\"$" { return 204; } }
      }
      """
    let configuration = try read(text)
    #expect(configuration.root.map(\.name) == ["user", "http"])
    let map = try #require(configuration.http.first)
    #expect(map.arguments == ["$a", "$b"] && map.block?.map(\.name) == ["default", "two words"])
    #expect(map.block?[0].arguments == ["x;{y}"] && map.block?[1].arguments == ["${c}d"])
    let server = try #require(configuration.servers.first)
    #expect(server.locations.first?.arguments == ["~", #"^/[a-z]{2}"$"#])
    #expect(server.listens.first?.place.hasSuffix("nginx.conf:4") == true)
  }

  @Test func `includes are read in the order of their names, from the folder of the main file`() throws {
    try FileManager.default.createDirectory(atPath: folder.file("sites"), withIntermediateDirectories: false)
    try folder.write(Array("server { listen 2; }".utf8), to: "sites/b.conf")
    try folder.write(Array("server { listen 1; }".utf8), to: "sites/a.conf")
    let configuration = try read("http { include sites/*.conf; include none/*.conf; }")
    #expect(configuration.servers.flatMap(\.listens).map(\.arguments) == [["1"], ["2"]])
  }

  @Test(arguments: [
    "http {", "http { } }", "user www-data", #"a "b;"#, "include missing.conf;", "include nginx.conf;",
  ])
  func `a file that nginx would refuse is unreadable`(text: String) {
    #expect(throws: NginxConfiguration.Unreadable.self) { try read(text) }
  }

  @Test func `deeply nested blocks end with an error`() {
    #expect(throws: NginxConfiguration.Unreadable.self) { try read(String(repeating: "a {", count: 100_000)) }
  }

  @Test func `the repository's own configuration is read, with its public and private servers`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../nginx/nginx.conf")
    let configuration = try NginxConfiguration(file.standardizedFileURL.path)
    #expect(configuration.servers.count { $0.isPublic } == 1)
    let listens = configuration.servers.filter { $0.isPrivate }.flatMap(\.listens).compactMap(\.arguments.first)
    #expect(listens.sorted() == ["127.0.0.1:8445", "127.0.0.1:8446"])
    #expect(configuration.servers.contains { $0.isTLS && $0.setting("ssl_protocols") != nil })
  }

  @Test(arguments: [
    ("127.0.0.1:8445", true), ("8445", false), ("*:8445", false), ("0.0.0.0:80", false), ("[::]:80", false),
    ("[::1]:80", true), ("10.1.2.3", true), ("172.16.0.1:1", true), ("172.32.0.1:1", false), ("192.168.7.7:1", true),
    ("100.64.0.1:1", true), ("203.0.113.7:8446", false), ("unix:/run/x.sock", true), ("[fd00::1]:1", true),
    ("[2001:db8::1]:1", false), ("example.com:80", false), ("localhost:80", true), ("10.example.com:80", false),
  ])
  func `an address is private if no stranger reaches it`(address: String, isPrivate: Bool) {
    #expect(NginxAddress.isPrivate(address) == isPrivate)
  }

  @Test(arguments: [
    ("0.0.0.0/0", true), ("::/0", true), ("64.0.0.0/2", true), ("203.0.0.0/15", true), ("203.0.113.0/24", false),
    ("10.0.0.0/8", false), ("127.0.0.1/32", false), ("2600:9000::/28", true), ("2600:9000:1::/48", false),
    ("203.0.113.7", false),
  ])
  func `a network is broad if strangers are in it by the thousand`(network: String, isBroad: Bool) {
    #expect(NginxAddress.isBroad(network) == isBroad)
  }

  @Test(arguments: [
    ("ECDHE-RSA-AES128-GCM-SHA256", false), ("TLS_AES_128_GCM_SHA256", false), ("DHE-RSA-AES256-GCM-SHA384", false),
    ("AES128-SHA", true), ("RC4-SHA", true), ("DES-CBC3-SHA", true), ("aNULL", true), ("AECDH-AES128-SHA", true),
    ("ALL", true), ("!aNULL", false), ("@SECLEVEL=0", false), ("kRSA", true), ("ECDHE-RSA-CHACHA20-POLY1305", false),
  ])
  func `weak ciphers are known by name`(cipher: String, isWeak: Bool) {
    #expect(Examination.isWeak(cipher) == isWeak)
  }
}
