import Foundation
import Testing

/// Deadlines that depend on one another, read from Swift, nginx, clamd and the settings; docs/architecture.md lists them.
@Suite struct DeadlineTests {
  /// Returns the number in the first match of `pattern` in a file.
  private func number(_ pattern: Regex<(Substring, Substring)>, in path: String) throws -> Double {
    let text = try String(contentsOf: SourceTree.root.appending(path: path), encoding: .utf8)
    let match = try #require(text.firstMatch(of: pattern), "\(path)")
    return try #require(Double(match.1), "\(path)")
  }

  /// Returns the number in the first match of `pattern` in the only Swift file of this name.
  private func number(_ pattern: Regex<(Substring, Substring)>, inSwift file: String) throws -> Double {
    let files = try SourceTree.swiftFiles().filter { $0.name.hasSuffix("/\(file)") }
    try #require(files.count == 1, "\(file)")
    return try number(pattern, in: "Sources/\(files[0].name)")
  }

  private func waiting() throws -> Double {
    try number(/totalPatience: TimeInterval = (\d+)/, inSwift: "OnDemand.swift")
  }

  private func reading() throws -> Double {
    try number(/fastcgi_read_timeout (\d+)s;/, in: "nginx/snippets/image-cache.conf")
  }

  private func lastRound() throws -> Double {
    try number(/rounds: \[TimeInterval\] = \[[\d., ]*?(\d+)\]/, inSwift: "CachePurge.swift")
  }

  private func decoding() throws -> Double {
    try number(/STOWAGE_DECODER_DEADLINE_SECONDS=(\d+)/, in: "conf/stowage.env")
  }

  private func scanning() throws -> Double { try number(/deadlineSeconds: Double = (\d+)/, inSwift: "Clamd.swift") }

  private func shortestLease() throws -> Double {
    try number(/shortestLease = environment == \.development \? \d+ : (\d+)/, inSwift: "SettingsReader+Worker.swift")
  }

  @Test func `the decoder ends before image answers, and image before nginx stops waiting`() throws {
    #expect(try decoding() < waiting())
    #expect(try waiting() < reading())
    for name in ["timeout", "age"] {
      let lock = try number(try Regex("fastcgi_cache_lock_\(name) (\\d+)s;"), in: "nginx/snippets/image-cache.conf")
      #expect(try lock == reading(), "\(name)")
    }
    #expect(try number(/STOWAGE_ENDPOINT_DEADLINE_SECONDS=(\d+)/, in: "conf/stowage.env") > reading())
  }

  @Test func `the last purge comes after nginx has stopped reading, and before the cache forgets an image`()
    throws
  {
    #expect(try lastRound() > reading())
    let kept = try number(/fastcgi_cache_valid 200 (\d+)m;/, in: "nginx/snippets/image-cache.conf") * 60
    #expect(try number(/cacheSeconds: TimeInterval = (\d+)/, inSwift: "CachePurge.swift") == kept)
    #expect(try lastRound() < kept)
  }

  @Test func `clamd gives up before Stowage does, and a lease outlives scan and decoding`() throws {
    #expect(try number(/MaxScanTime (\d+)/, in: "conf/clamd.conf") / 1000 < scanning())
    #expect(try scanning() < shortestLease())
    #expect(try decoding() < shortestLease())
    #expect(try number(/STOWAGE_LEASE_SECONDS=(\d+)/, in: "conf/stowage.env") >= shortestLease())
  }

  @Test func `credentials are renewed before an upload URL would outlive them, and shortly waited for`() throws {
    let window = try number(/window: Double = (\d+)/, inSwift: "RefreshPace.swift")
    #expect(try window > number(/maximumURLSeconds = (\d+)/, inSwift: "UploadClaim.swift"))
    let patience = try number(/patience = Duration.seconds\((\d+)\)/, inSwift: "RefreshPace.swift")
    #expect(try patience < number(/fastcgi_read_timeout (\d+)s;/, in: "nginx/snippets/open-api.conf"))
    #expect(try page().contains("\n| \(Int(window)) s |"))
  }

  private func page() throws -> String {
    try String(contentsOf: SourceTree.root.appending(path: "docs/architecture.md"), encoding: .utf8)
  }

  @Test func `docs/architecture.md has the same values`() throws {
    let page = try page()
    for seconds in [try decoding(), try waiting(), try reading(), try lastRound(), try scanning(), try shortestLease()]
    {
      #expect(page.contains("\n| \(Int(seconds)) s |"), "\(seconds)")
    }
  }
}
