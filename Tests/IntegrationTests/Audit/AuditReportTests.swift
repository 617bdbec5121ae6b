import Foundation
import S3
import Storage
import TestSupport
import Testing

/// `stowage audit` on the development server, run as an administrator would.
@Suite(.serialized, .disturbsTheSystem, .enabled(if: isRunning, howToRun)) struct AuditReportTests {
  private struct Report: Decodable {
    struct Finding: Decodable {
      struct Muting: Decodable {
        let reason: String
      }
      let id: String
      let outcome: String
      let muted: Muting?
      let expiredMute: Muting?
    }
    let isComplete: Bool
    let findings: [Finding]
    let leftBehind: [String]
  }

  /// Runs a script with `stowage` in its PATH, and returns what it prints.
  private func shell(_ script: String, in folder: ScratchFolder) throws -> String {
    String(decoding: try run("bash", ["-c", script], in: folder.path), as: UTF8.self)
  }

  private func report(_ arguments: String, in folder: ScratchFolder) throws -> (status: String, report: Report) {
    let status = try shell("stowage audit --json \(arguments) > report.json; echo -n $?", in: folder)
    return (status, try JSONDecoder().decode(Report.self, from: Data(try folder.bytes("report.json"))))
  }

  @Test func `the development server fails nothing but what its mutes accept, each with a reason`() throws {
    let folder = try ScratchFolder()
    let (status, report) = try report("--fail-on low", in: folder)
    let open = report.findings.filter { ["fail", "unknown"].contains($0.outcome) && $0.muted == nil }
    #expect(status == "0" && open.isEmpty, "\(open)")
    let muted = report.findings.filter { $0.muted != nil }
    #expect(Set(muted.map(\.id)).isSuperset(of: ["settings.environment", "nginx.hsts", "access.token-audience"]))
    #expect(report.isComplete && report.leftBehind.isEmpty)
  }

  @Test func `without mutes the status is 1 from the severity on`() throws {
    let folder = try ScratchFolder()
    let only = "--mutes none --only nginx.hsts --only settings.log-level"
    let statuses = try shell(
      "for level in low medium high; do stowage audit \(only) --fail-on $level > out; echo $?; done; cat out",
      in: folder
    )
    #expect(statuses.hasPrefix("1\n1\n0\n"), "\(statuses)")
    #expect(statuses.contains("FAIL") && statuses.contains("no Strict-Transport-Security"))
    #expect(statuses.contains("GET ") && statuses.contains("→ 401"), "the answer is quoted")
  }

  @Test func `a mute that is over fails again, and says so`() throws {
    let folder = try ScratchFolder()
    try folder.write(
      Array(#"{"mutes": [{"id": "nginx.hsts", "reason": "until the launch", "until": "2026-01-31"}]}"#.utf8),
      to: "mutes.json"
    )
    let said = try shell("stowage audit --mutes mutes.json --only nginx.hsts; echo $?", in: folder)
    #expect(said.contains("was muted until 2026-01-31: until the launch") && said.hasSuffix("1\n"), "\(said)")
  }

  @Test func `a file of mutes with an unknown check, and a pattern of nothing, are refused`() throws {
    let folder = try ScratchFolder()
    try folder.write(Array(#"{"mutes": [{"id": "nginx.hst"}]}"#.utf8), to: "mutes.json")
    let said = try shell("stowage audit --mutes mutes.json --only settings 2>&1; echo $?", in: folder)
    #expect(said.contains("'nginx.hst' is no check") && said.hasSuffix("78\n"), "\(said)")
    let none = try shell("stowage audit --only nginxx 2>&1; echo $?", in: folder)
    #expect(none.contains("'nginxx' is no check and no area") && none.hasSuffix("64\n"), "\(none)")
  }

  @Test func `something that cannot be examined is status 2, and not 0`() throws {
    let folder = try ScratchFolder()
    let said = try shell(
      "STOWAGE_NGINX_FILE=/none/nginx.conf stowage audit --mutes none --only nginx.tls-version; echo $?",
      in: folder
    )
    #expect(said.contains("unknown") && said.contains("/none/nginx.conf") && said.hasSuffix("2\n"), "\(said)")
  }

  @Test func `SARIF has the open failures of the command`() throws {
    let folder = try ScratchFolder()
    let only = "--mutes none --only settings.environment --only settings.log-level"
    _ = try shell("stowage audit \(only) --sarif log.sarif > out || true", in: folder)
    let text = String(decoding: try folder.bytes("log.sarif"), as: UTF8.self)
    #expect(text.contains(#""ruleId" : "settings.environment""#) && !text.contains("settings.log-level"))
  }

  @Test func `a signal stops the audit, and nothing stays in the buckets`() throws {
    let folder = try ScratchFolder()
    let script = """
      stowage audit --mutes none > out 2> errors & child=$!
      until [ "$(ls "/proc/$child/task" | wc -l)" -gt 6 ]; do sleep 0.01; done; kill -TERM "$child"; wait "$child"; echo $?; cat errors
      """
    let said = try shell(script, in: folder)
    #expect(said.hasPrefix("130\n") && said.contains("stopped; what was written is removed"), "\(said)")
    let store = try RealStore.seaweedFS.store()
    let settings = try #require(Stack.current)
    for name in ["RAW", "PROCESSED", "BACKUPS", "LOGS"] {
      let bucket = try settings.setting("STOWAGE_BUCKET_\(name)")
      #expect(try store.listVersions(bucket, prefix: "audit/", after: nil, limit: 10).items.isEmpty, "\(bucket)")
    }
  }

  @Test func `docs/audit.md has the catalogue that the command lists`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").path
    let program = try run("sh", ["-c", "command -v stowage"])
    let folder = URL(filePath: String(decoding: program, as: UTF8.self)).deletingLastPathComponent().path
    try run("script/audit-table", ["--check"], in: root, environment: ["STOWAGE_BIN": folder])
  }
}
