import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@testable import Migration

@Suite struct LedgerJournalTests {
  private let fixture: RunFixture
  private let store: FaultyStore

  init() throws {
    fixture = try RunFixture()
    store = FaultyStore()
    try store.createBucket(RunFixture.bucket)
    try store.setVersioning(true, of: RunFixture.bucket)
  }

  private func write(_ seed: UInt64) throws -> [UInt8] {
    let bytes = pattern(17 << 20, seed: seed)
    try Data(bytes).write(to: URL(filePath: fixture.tree.folder.file("ada/film")))
    return bytes
  }

  private func run(_ ledger: MigrationLedger) throws -> RunOutcome {
    try fixture.makeRun(ledger, store).run(fixture.plan(ledger))
  }

  /// Runs until the store refuses the third part and every abort, as if the process had been killed there.
  private func runUntilThirdPart(_ ledger: MigrationLedger) throws {
    store.obey { [store] call, _ in
      switch call.operation {
      case .uploadPart where store.calls.count { $0.operation == .uploadPart } == 3:
        .before(.invalidRequest(code: "Full", message: "no room"))
      case .abortUpload: .before(.invalidRequest(code: "Full", message: "no abort"))
      default: nil
      }
    }
    #expect(try run(ledger).failed == 1)
    store.obey(nil)
  }

  private func open() throws -> [UploadSummary] {
    try store.listMultipartUploads(RunFixture.bucket, prefix: "", after: nil, limit: 10).items
  }

  @Test func `a large file continues with the parts that an earlier run sent`() throws {
    try fixture.tree.write("ada/film", "")
    let bytes = try write(1)
    let ledger = try fixture.ledger()
    try runUntilThirdPart(ledger)
    let left = try ledger.uploads()
    let kept = try #require(left.first).parts.count
    // Several threads send parts, so the fourth part can arrive although the third request was refused.
    #expect(left.count == 1 && [2, 3].contains(kept) && left.first?.key == "ada/film")
    let outcome = try run(ledger)
    #expect(outcome.sent.files == 1 && outcome.failed == 0)
    #expect(store.calls.count { $0.operation == .uploadPart } == 4 - kept)
    #expect(try digest(of: "ada/film", in: RunFixture.bucket, store) == SHA256.digest(of: bytes))
    #expect(try ledger.uploads().isEmpty && open().isEmpty)
    let proof = try #require(try ledger.row(at: Array("ada/film".utf8))?.proof)
    #expect(proof.partSize == 5 << 20 && proof.partDigests.count == 4 * 32)
  }

  @Test func `the upload of a file that has changed or vanished is aborted`() throws {
    for isGone in [false, true] {
      try fixture.tree.write("ada/film", "")
      _ = try write(isGone ? 2 : 1)
      let ledger = try fixture.ledger()
      try runUntilThirdPart(ledger)
      #expect(try open().count == 1)
      let path = fixture.tree.folder.file("ada/film")
      if isGone {
        try FileManager.default.removeItem(atPath: path)
      } else {
        try Data([1, 2, 3]).write(to: URL(filePath: path))
      }
      #expect(try run(ledger).failed == 0)
      #expect(try ledger.uploads().isEmpty && open().isEmpty)
    }
  }
}
