import Core
import Foundation
import S3
import TestSupport
import Testing

@testable import Audit

@Suite struct AuditTests {
  @Test func `on a system of which nothing answers, nothing that needs an answer passes`() throws {
    let report = try AuditFixture(["STOWAGE_IMAGES_URL": "https://127.0.0.1:9"]).audit()
    let probed = report.findings.filter {
      ["bucket", "url", "access"].contains($0.check.area) && !$0.place.hasPrefix("STOWAGE_")
    }
    #expect(probed.count > 20)
    let passed = probed.filter { $0.outcome == .pass }
    #expect(passed.isEmpty, "\(passed)")
    for id in ["nginx.tls-version", "nginx.tls-ciphers", "nginx.certificate", "nginx.headers", "nginx.guarded-images"] {
      #expect(report.outcome(id) == .unknown, "\(id)")
    }
    for id in ["keys.token-mode", "keys.cookie-mode", "keys.settings-mode", "database.mode", "scanner.detects"] {
      #expect(report.outcome(id) == .unknown, "\(id)")
    }
    #expect(report.verdict(from: .critical) == .unknown)
    let texts = report.findings.flatMap { [$0.text, $0.place] + $0.evidence }
    #expect(!texts.contains { $0.contains("very-secret") })
  }

  @Test func `a site that answers everything fails everything`() throws {
    let answer =
      "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 2\r\n\r\n{}"
    let site = try ScriptedServer(.bytes(answer))
    defer { site.stop() }
    let report = try AuditFixture(["STOWAGE_IMAGES_URL": site.url, "STOWAGE_NGINX_FILE": "none"]).audit()
    let failing = [
      "access.anonymous", "access.forged-user", "access.foreign-origin", "nginx.headers", "nginx.hsts", "nginx.version",
      "nginx.shared-cache", "nginx.unknown-host", "nginx.private-listeners", "nginx.guarded-images", "nginx.plain-http",
    ]
    for id in failing { #expect(report.outcome(id) == .fail, "\(id)") }
    let evidence = report.findings.filter { $0.outcome == .fail && failing.contains($0.check.id) }
    #expect(evidence.contains { $0.evidence.contains { $0.contains("→ 200") } })
  }

  @Test func `a store that answers everything fails the probes, and none is taken for a refusal`() throws {
    let server = try ScriptedServer(
      .bytes("HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nETag: \"a\"\r\nContent-Length: 0\r\n\r\n")
    )
    defer { server.stop() }
    let report = try AuditFixture(["STOWAGE_S3_URL": server.url, "STOWAGE_NGINX_FILE": "none"]).audit()
    for id in ["bucket.anonymous-read", "bucket.anonymous-list", "bucket.anonymous-write", "bucket.cors-wildcard"] {
      #expect(report.outcome(id) == .fail, "\(id)")
    }
    for id in ["url.expired", "url.other-key", "url.other-length", "url.other-type"] {
      #expect(report.outcome(id) == .fail, "\(id)")
    }
    #expect(!report.leftBehind.isEmpty, "a list that cannot be read leaves the probes' objects")
  }

  @Test func `refusals of a store that refuses everything prove nothing about URLs`() throws {
    let server = try ScriptedServer(.bytes("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))
    defer { server.stop() }
    let report = try AuditFixture(["STOWAGE_S3_URL": server.url, "STOWAGE_NGINX_FILE": "none"]).audit()
    for id in ["url.expired", "url.other-key", "url.other-length", "url.other-type", "url.unsigned-headers"] {
      #expect(report.outcome(id) == .unknown, "\(id)")
    }
    // No object to read could be written.
    #expect(report.outcome("bucket.anonymous-read") == .unknown)
    #expect(report.outcome("bucket.anonymous-list") == .unknown, "the policy cannot be read")
  }

  @Test func `a longer lifetime than the reader of settings admits is found`() throws {
    let server = try ScriptedServer(.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    defer { server.stop() }
    var subject = try AuditFixture(["STOWAGE_S3_URL": server.url, "STOWAGE_NGINX_FILE": "none"]).subject()
    #expect(Audit(subject).run([.urlLifetime], at: .now).outcome("url.lifetime") == .pass)
    subject.settings.uploads.urlSeconds = 3600
    #expect(Audit(subject).run([.urlLifetime], at: .now).outcome("url.lifetime") == .fail)
  }

  @Test func `differences, dangers, remarks and refusals of bucket rules have their outcomes`() throws {
    let bucket = "uploads-raw"
    let states: [(BucketRule.State, Finding.Outcome)] = [
      (.same, .pass), (.differs, .fail), (.danger, .fail), (.notOffered, .manual), (.refused, .unknown),
    ]
    for (state, outcome) in states {
      let subject = try AuditFixture().subject {
        [
          BucketRule(bucket: bucket, kind: .lifecycle, state: .same, text: "as the document says"),
          BucketRule(bucket: bucket, kind: .lifecycle, state: state, text: "a rule"),
        ]
      }
      let report = Audit(subject).run([.lifecycle], at: .now)
      #expect(report.findings.map(\.outcome) == [outcome], "\(state)")
    }
  }

  @Test func `a stopped audit says that it is not complete`() throws {
    let report = Audit(try AuditFixture().subject()).run(at: .now, isStopped: { true })
    #expect(!report.isComplete)
    #expect(report.findings.allSatisfy { $0.outcome == .unknown })
  }

  @Test(arguments: [
    (Array("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".utf8), Finding.Outcome.pass),
    (Array("0101010101010101010101010101010101010101010101010101010101010101".utf8), .fail),
    (Array("0123456789abcdef0123456789abcdef".utf8), .fail), (Array(0..<32), .pass), (Array(0..<31), .fail),
    ([UInt8](repeating: 7, count: 64), .fail),
  ])
  func `a secret counts by what it hides, also in hex digits`(secret: [UInt8], outcome: Finding.Outcome) throws {
    let fixture = try AuditFixture()
    let key = #"{"kty": "oct", "alg": "HS256", "k": "\#(TokenForge.base64url(Data(secret)))"}"#
    _ = try fixture.folder.write(Array(key.utf8), to: "keys.json")
    #expect(try fixture.audit("keys.token-strength").outcome("keys.token-strength") == outcome)
  }
}
