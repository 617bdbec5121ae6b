import Foundation
import TestSupport
import Testing

@testable import Audit

@Suite struct ReportTests {
  private func report(_ findings: Finding...) -> AuditReport {
    AuditReport(findings: findings, idleMutes: [], leftBehind: [], isComplete: true, date: .now)
  }

  private let low = Check.serverVersion.found(at: "a", .fail("a version"))
  private let high = Check.tlsVersion.found(at: "https://a", .fail("TLS 1.0", "a handshake → accepted"))
  private let unknown = Check.anonymousRead.found(at: "b", .unknown("no answer"))

  @Test func `a failure decides, then what is unknown, from the severity on`() {
    #expect(report(low).verdict(from: .medium) == .pass)
    #expect(report(low).verdict(from: .low) == .fail)
    #expect(report(low, unknown).verdict(from: .medium) == .unknown)
    #expect(report(high, unknown).verdict(from: .high) == .fail)
    #expect(report(high, unknown).verdict(from: .critical) == .unknown)
    #expect(report().verdict(from: .low) == .pass)
  }

  @Test func `a mute takes a finding out of the verdict`() {
    var muted = high
    muted.mute = Mute(id: "nginx.tls-version", place: nil, reason: "an old scanner", until: "2030-01-01")
    #expect(report(muted).verdict(from: .low) == .pass)
    #expect(report(muted).count(.fail) == 0 && report(muted).muted == 1)
  }

  @Test func `one failed observation decides, and half of a proof is none`() {
    let check = Check.tlsVersion
    #expect(check.found(at: "", .pass("a"), .fail("b")).outcome == .fail)
    #expect(check.found(at: "", .pass("a"), .unknown("b")).outcome == .unknown)
    #expect(check.found(at: "", .fail("a"), .unknown("b")).outcome == .fail)
    #expect(check.found(at: "", .manual("a"), .pass("b")).outcome == .pass)
    #expect(check.found(at: "", []).outcome == .unknown)
    #expect(check.found(at: "", .pass("a", "1"), .fail("b", "2")).evidence == ["1", "2"])
  }

  @Test func `SARIF has open failures only, each with its rule`() throws {
    var muted = low
    muted.mute = Mute(id: "nginx.version", place: nil, reason: "an old scanner", until: "2030-01-01")
    let text = try report(high, high, unknown, muted).sarif()
    let log = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let run = try #require((log["runs"] as? [[String: Any]])?.first)
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(results.map { $0["ruleId"] as? String } == ["nginx.tls-version", "nginx.tls-version"])
    let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
    let rules = try #require(driver["rules"] as? [[String: Any]])
    #expect(rules.count == 1)
    #expect((rules[0]["properties"] as? [String: Any])?["security-severity"] as? String == "8.0")
  }

  private static let schema = ProcessInfo.processInfo.environment["STOWAGE_CORPORA"].map {
    $0 + "/schemas/sarif-schema-2.1.0.json"
  }

  @Test(.enabled(if: schema != nil, "STOWAGE_CORPORA names the folder with the published schema"))
  func `SARIF validates against the published schema`() throws {
    let folder = try ScratchFolder()
    let empty = try folder.write(Array(report().sarif().utf8), to: "empty.json")
    let full = try folder.write(Array(report(low, high, unknown).sarif().utf8), to: "full.json")
    // A log with an unknown member must fail, else the validator checks nothing.
    let wrong = try report(high).sarif().replacing("\"ruleId\"", with: "\"rule\"")
    let broken = try folder.write(Array(wrong.utf8), to: "broken.json")
    let script = """
      import json, jsonschema, sys
      schema = json.load(open(sys.argv[1]))
      validator = jsonschema.validators.validator_for(schema)(schema)
      for path in sys.argv[2:]: print(sum(1 for _ in validator.iter_errors(json.load(open(path)))))
      """
    let python = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.venv/bin/python")
    let output = try run(python.path, ["-c", script, Self.schema ?? "", empty, full, broken])
    let counts = String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap { Int($0) }
    #expect(counts.count == 3 && counts[0] == 0 && counts[1] == 0 && counts[2] > 0, "\(counts)")
  }

  @Test func `quotations lose secrets, signatures and control characters, and are bounded`() {
    let redaction = Redaction(["very-secret-key", "short"])
    #expect(redaction("a very-secret-key b") == "a (secret) b")
    #expect(redaction("short") == "short")
    #expect(redaction("Authorization: Bearer abc.def-ghi") == "Authorization: Bearer (secret)")
    #expect(redaction("?X-Amz-Signature=0123&a=1") == "?(signature)&a=1")
    #expect(!redaction("a\u{1B}[31m\nb").contains("\u{1B}"))
    #expect(redaction(String(repeating: "x", count: 5000)).count <= 401)
  }
}
