import Foundation
import TestSupport
import Testing

/// `stowage doctor --store`, run as an administrator would.
@Suite(.serialized, .enabled(if: isRunning, howToRun)) struct StoreProbeCommandTests {
  private func stowage(_ arguments: [String], environment: [String: String]? = nil) throws -> String {
    String(decoding: try run("stowage", arguments, environment: environment), as: UTF8.self)
  }

  @Test func `docs/stores.md has the table that the command gives for SeaweedFS and moto`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let program = try run("sh", ["-c", "command -v stowage"])
    let folder = URL(filePath: String(decoding: program, as: UTF8.self)).deletingLastPathComponent().path
    try run("script/store-table", ["--check"], in: root, environment: ["STOWAGE_BIN": folder])
  }

  @Test(.needsTheWholeSystem) func `a written file is used by the commands for buckets`() throws {
    let folder = try ScratchFolder()
    defer { withExtendedLifetime(folder) {} }
    let text = try stowage(["doctor", "--store", "--json"])
    let path = try folder.write(Array(text.utf8), to: "store.json")
    let environment = ["STOWAGE_STORE_CAPABILITIES": path]
    let plan = try stowage(["buckets", "plan"], environment: environment)
    #expect(plan.hasSuffix("nothing to change\n"), "\(plan)")
    #expect(plan.contains("the store has no block of public access"))
    let shown = try stowage(["config"], environment: environment)
    #expect(shown.contains("STOWAGE_STORE_CAPABILITIES=\(path)"))
  }

  @Test func `a file that nobody can use stops the command, with what to do`() throws {
    let folder = try ScratchFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = try folder.write(Array("{}".utf8), to: "store.json")
    let error = #expect(throws: Unexpected.self) {
      try stowage(["buckets", "plan"], environment: ["STOWAGE_STORE_CAPABILITIES": path])
    }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("stowage: 1 ") && text.contains("stowage doctor --store --json > \(path)"), "\(text)")
  }

  @Test func `the terminal shows a line for each capability, and what must not be run`() throws {
    let text = try stowage(["doctor", "--store"])
    #expect(text.contains(/can      versions +a bucket keeps versions/))
    #expect(text.contains(#/cannot   double-slash .*\n.*one object replaces another\n +→ /#))
    #expect(text.contains("\nMust not be run on this store:\n- "))
  }

  @Test func `a signal stops the probe, and nothing stays`() throws {
    let folder = try ScratchFolder()
    defer { withExtendedLifetime(folder) {} }
    let script = """
      stowage doctor --store > out 2> errors & child=$!
      until [ -s out ]; do sleep 0.01; done
      kill -TERM "$child"; wait "$child"; echo $?; cat errors
      """
    let said = String(decoding: try run("bash", ["-c", script], in: folder.path), as: UTF8.self)
    #expect(said.hasPrefix("130\n") && said.contains("stopped; what was written is removed"), "\(said)")
    #expect(!said.contains("not removed"))
  }

  @Test func `a store that does not answer is an error, and not a table`() throws {
    let error = #expect(throws: Unexpected.self) {
      try stowage(["doctor", "--store"], environment: ["STOWAGE_S3_URL": "http://127.0.0.1:1"])
    }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("stowage: 1 ") && text.contains("the store at http://127.0.0.1:1"), "\(text)")
  }
}
