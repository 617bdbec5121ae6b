import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Operations

@Suite struct FileExplainerTests {
  private let jobs: JobFixture

  init() throws { jobs = try JobFixture() }

  private func next(_ file: FileID, after seconds: Double = 0) throws -> String {
    try #require(try jobs.explain(file, after: seconds)["next"])
  }

  @Test func `an unknown file is not found`() throws {
    #expect(throws: StorageError.notFound) { try jobs.explain(FileID(at: .now)) }
  }

  @Test func `a ready file shows its pinned version among others, and its variants`() throws {
    let file = try jobs.ready()
    let pinned = try #require(try jobs.database.file(file)?.versionID)
    #expect(try next(file) == "nothing; it is served")
    let over = try #require(try jobs.put(file))
    let said = try jobs.explain(file)
    #expect(said["state"] == "ready: judged 0 s ago, and served")
    #expect(said["next"]?.hasSuffix("finds what lies beside the judged version, and has it removed") == true)
    #expect(said["job"] == nil && said["owner"] == "ann")
    let lines = try #require(said["object"]).split(separator: "\n")
    #expect(lines.count == 3 && lines[0].hasSuffix("original.jpg: 2 versions"))
    #expect(lines.contains { $0.hasPrefix(pinned) && $0.contains("pinned") && !$0.contains("current") })
    #expect(lines.contains { $0.hasPrefix(over.description) && $0.hasSuffix("current") })
    #expect(said["variants"] == "thumb: 150×150, image/webp, 1 byte, v 0123456789ab: there")
  }

  @Test func `a missing variant, and a store that does not answer, are reported`() throws {
    let file = try jobs.ready()
    let key = try #require(try jobs.database.file(file)?.variants.first?.key)
    try jobs.node.store.memory.delete(key, in: jobs.settings.buckets.processed)
    #expect(try jobs.explain(file)["variants"]?.hasSuffix("MISSING in uploads-processed") == true)
    jobs.node.store.obey { _, _ in .before(.unavailable(detail: "away\u{1B}[31m")) }
    let said = try jobs.explain(file)
    #expect(said["object"]?.contains("unknown; store: ") == true && said["object"]?.contains("\u{1B}") == false)
    #expect(said["variants"]?.hasSuffix("unknown, the store does not answer") == true)
    #expect(said["state"]?.hasPrefix("ready") == true)
  }

  @Test func `a pending upload is explained at each step, from its URL to its expiry`() throws {
    let file = try jobs.claim(ago: 60)
    #expect(try next(file) == "the client may upload it for another 14 min")
    #expect(try next(file, after: 900) == "it expires in 59 min, unless its object still comes")
    #expect(try next(file, after: 4500) == "the sweep, which runs every 60 s, lets it expire")
    try jobs.put(file)
    #expect(try next(file) == "its event has it judged; or else the sweep, which runs every 60 s, finds its object")
    jobs.node.store.obey { _, _ in .before(.unavailable(detail: "away")) }
    #expect(try next(file).hasSuffix("looks for its object once the store answers"))
  }

  @Test func `a file with a job shows its worker and the times`() throws {
    let file = try jobs.received()
    #expect(try next(file).hasSuffix("finds that no job looks after it, and has it judged"))
    _ = try jobs.database.enqueue(for: [file], at: jobs.now, delay: 4)
    #expect(try next(file) == "a worker judges it, in 4 s" && next(file, after: 4) == "the next free worker judges it")
    let job = try jobs.lease(file, ago: -4)
    #expect(try next(file, after: 14) == "a worker judges it, now; if the worker fails, another one does in 110 s")
    #expect(
      try jobs.explain(file, after: 14)["job"]?.hasPrefix("process: at work, lease ends in 110 s; stored") == true
    )
    #expect(try next(file, after: 124) == "the next free worker judges it")
    jobs.node.isWorkerRunning = false
    #expect(try next(file, after: 124).hasSuffix("No worker runs on this node"))
    try #require(try jobs.database.fail(job, error: "decoder: broke", at: jobs.now + 20))
    #expect(try next(file, after: 30).contains("nothing, until somebody runs `stowage jobs retry \(file)`"))
  }

  @Test func `a file that waits for other files of its owner says so`() throws {
    let files = try (0..<2).map { _ in try jobs.received() }
    _ = try jobs.database.enqueue(for: files, at: jobs.now)
    _ = try jobs.lease(files[0], ago: 0)
    let share = jobs.settings.worker.share
    let said = try next(files[1], after: 1)
    #expect(said.hasPrefix("the next free worker judges it, ") && said.contains("1 file of its owner's is at work"))
    #expect(said.contains("one user's share of a worker") == (share == 1))
    #expect(try next(files[1], after: 1000) == "the next free worker judges it")
  }

  @Test func `the last error is shown with advice`() throws {
    let causes = [
      ("scanner: /run/clamd.sock: connect: No such file or directory", "Is clamd running"),
      ("scanner: its own limit (StreamMaxLength) is below this file's 50 bytes", "Raise StreamMaxLength"),
      ("decoder: killed", "STOWAGE_DECODER"), ("temporary file in /x: full", "STOWAGE_TEMPORARY_DIRECTORY"),
      ("store: bucket raw is not there", "stowage buckets apply"), ("database: the disk is full", "database's disk"),
      ("\(StoreError.unavailable(detail: "http://s3: refused"))", "Does the store answer"),
    ]
    for (error, advice) in causes {
      let file = try jobs.received()
      let job = try jobs.lease(file)
      try #require(try jobs.database.release(job, retryAt: jobs.now + 5, countsAsFailure: false, error: error))
      let said = try jobs.explain(file)
      #expect(said["job"]?.hasPrefix("process: postponed, due in 5 s") == true)
      let lines = try #require(said["error"]).split(separator: "\n")
      #expect(lines.count == 2 && lines[1].contains(advice) && lines[1].contains("stowage doctor"), "\(lines)")
      #expect(!lines[0].contains("detail:"))
    }
  }

  @Test func `a rejected file shows the reason, and what happens to objects under its key`() throws {
    let file = try jobs.rejected()
    let said = try jobs.explain(file)
    #expect(said["state"] == "rejected: type_mismatch, its bytes were not of the claimed type")
    #expect(said["next"] == "nothing; another try is a new upload")
    #expect(said["object"]?.hasSuffix("nothing there") == true && said["variants"] == "none")
    let large = try jobs.rejected(.dimensionsExceeded, ExceededLimit(.frames, 501, limit: 500))
    #expect(try jobs.explain(large)["state"] == "rejected: dimensions_exceeded, 501 frames, and the limit is 500")
    try jobs.put(file)
    #expect(try next(file).hasSuffix("finds what lies under its keys, and has it removed"))
    #expect(try next(file, after: 10_000).contains("`stowage jobs retry \(file)` has a worker remove"))
  }

  @Test func `every state has a description, and the next step`() throws {
    let expired = try jobs.claim(ago: 10_000)
    try #require(try jobs.database.expire(expired, expiredBy: jobs.now))
    let aborted = try jobs.claim()
    try #require(try jobs.database.abort(aborted, of: jobs.user))
    let deleted = try jobs.ready()
    try #require(try jobs.database.delete(deleted, of: jobs.user, at: jobs.now))
    let unserved = try jobs.claim()
    try #require(try jobs.database.delete(unserved, of: jobs.user, at: jobs.now))
    for (file, state, next) in [
      (expired, "expired: its bytes never came", "nothing"), (aborted, "aborted: the client gave up", "nothing"),
      (deleted, "deleted by its owner 0 s ago", "puts a delete marker over it"),
      (unserved, "deleted", "looks for what lies under its keys"),
    ] {
      let said = try jobs.explain(file)
      #expect(said["state"]?.hasPrefix(state) == true && said["next"]?.contains(next) == true, "\(said)")
    }
    try #require(try jobs.database.beginPurge(unserved, deletedBy: jobs.now, at: jobs.now))
    #expect(try jobs.explain(unserved)["state"]?.hasPrefix("purging") == true)
    try #require(try jobs.database.finishPurge(unserved))
    #expect(try jobs.explain(unserved)["state"]?.hasPrefix("purged") == true)
  }

  @Test func `a file with a hundred versions shows the first ones, and the number of the others`() throws {
    let file = try jobs.claim()
    for _ in 0..<100 { try jobs.put(file) }
    let lines = try #require(try jobs.explain(file)["object"]).split(separator: "\n")
    #expect(lines.count == 22 && lines[0].hasSuffix("100 versions") && lines[21] == "… and 80 more")
  }
}
