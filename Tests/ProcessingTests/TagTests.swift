import Core
import Database
import Foundation
import Scanning
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

/// The tag of the object of one file, which the job of the file sets and removes.
@Suite struct TagTests {
  private static let raw = ProcessingFixture.buckets.raw
  private static let trouble = StoreError.unavailable(detail: "the test's own")
  private static let refusal = StoreError.accessDenied(detail: "the test's own")

  private func isTagCall(_ call: FaultyStore.Call) -> Bool {
    call.operation == .setTags || call.operation == .removeTags
  }

  @Test(arguments: [true, false], [Plan.standard, .premium])
  func `an object has the tag as soon as the file of a standard user is ready, and none otherwise`(
    isVersioned: Bool,
    plan: Plan
  ) throws {
    let fixture = try ProcessingFixture(isVersioned: isVersioned)
    try fixture.change(to: plan)
    let file = try fixture.upload()
    fixture.store.obey(nil)
    #expect(try fixture.next() == .ready)
    try fixture.expectTag(of: file, plan == .standard)
    #expect(fixture.store.calls.filter(isTagCall).count == 1, "one request more")
    let migrated = try fixture.migrate(Array("text".utf8), to: "a.txt")
    #expect(try fixture.next() == .ready)
    try fixture.expectTag(of: migrated, plan == .standard)
  }

  @Test(arguments: [Plan.standard, .premium])
  func `nothing of the tags that an uploader set stays`(plan: Plan) throws {
    let fixture = try ProcessingFixture()
    try fixture.change(to: plan)
    let file = try fixture.upload()
    let tag = RetentionRule.tag
    try fixture.store.memory.setTags([tag.name: tag.value, "mine": "1"], of: fixture.record(file).rawKey, in: Self.raw)
    #expect(try fixture.next() == .ready)
    try fixture.expectTag(of: file, plan == .standard)
  }

  @Test func `a worker that dies after a file is ready leaves the tag of an uploader to the next one`() throws {
    let fixture = try ProcessingFixture()
    try fixture.change(to: .premium)
    let file = try fixture.upload()
    try fixture.store.memory.setTags(["retention": "standard"], of: fixture.record(file).rawKey, in: Self.raw)
    fixture.store.obey { call, _ in isTagCall(call) ? .before(Self.trouble) : nil }
    #expect(try fixture.next()?.isPostponed == true)
    #expect(try fixture.state(file) == .ready && fixture.record(file).isTagged, "it may have the tag")
    fixture.store.obey(nil)
    _ = try fixture.next(after: 10)
    try fixture.expectTag(of: file, false)
  }

  @Test func `an upgrade between the publication and the call of the store removes the tag again`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    fixture.store.obey { call, _ in
      if call.operation == .setTags { try fixture.change(to: .premium) }
      return nil
    }
    #expect(try fixture.next() == .ready)
    try fixture.expectTag(of: file, false)
  }

  @Test(arguments: [true, false])
  func `a failure of the store leaves the file ready, and the repeated job ends with the tag`(isBefore: Bool) throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    let fault: FaultyStore.Fault = isBefore ? .before(.throttled(detail: "503")) : .after(Self.trouble)
    fixture.store.obey { call, _ in isTagCall(call) ? fault : nil }
    for seconds in [1.0, 10, 20] {
      #expect(try fixture.next(after: seconds)?.isPostponed == true)
      #expect(try fixture.state(file) == .ready && fixture.record(file).isTagged)
    }
    fixture.store.obey(nil)
    _ = try fixture.next(after: 100)
    try fixture.expectTag(of: file, true)
    try fixture.expectSettled(used: ProcessingFixture.photo.get().count)
  }

  @Test func `after an upgrade, the repeated job of a dead worker removes the tag that the store may have set`() throws
  {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    fixture.store.obey { call, _ in call.operation == .setTags ? .after(Self.trouble) : nil }
    #expect(try fixture.next()?.isPostponed == true)
    try fixture.change(to: .premium)
    fixture.store.obey(nil)
    _ = try fixture.next(after: 10)
    try fixture.expectTag(of: file, false)
  }

  @Test func `a refusal ends the job, and the file gets its tag when the permission is there`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    _ = try fixture.retagAll()
    fixture.store.obey { call, _ in isTagCall(call) ? .before(Self.refusal) : nil }
    #expect(try fixture.next() == .ready)
    try fixture.expectSettled(used: ProcessingFixture.photo.get().count)
    #expect(try !fixture.record(file).isTagged && fixture.database.user(fixture.user)?.retagSince != nil)
    fixture.store.obey(nil)
    _ = try fixture.retagAll()
    try fixture.expectTag(of: file, true)
  }

  @Test(arguments: ["NotImplemented", "MethodNotAllowed"])
  func `a store without tags ends quietly`(code: String) throws {
    let events = Mutex<[TagEvent]>([])
    let recorder = Recorder(events)
    let fixture = try ProcessingFixture()
    var parts = try fixture.parts()
    parts.tagReport = recorder.tell
    let file = try fixture.upload()
    fixture.store.obey { call, _ in
      isTagCall(call) ? .before(.invalidRequest(code: code, message: "no tags")) : nil
    }
    #expect(try Processor(parts).next(at: .now + 1)?.outcome == .ready)
    #expect(try !fixture.record(file).isTagged)
    try fixture.expectSettled(used: ProcessingFixture.photo.get().count)
    #expect(recorder.all == [.notOffered])
  }

  @Test func `an object that is gone has no tag`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    fixture.store.obey { call, _ in call.operation == .setTags ? .before(.notFound) : nil }
    #expect(try fixture.next() == .ready)
    #expect(try !fixture.record(file).isTagged)
  }

  @Test(arguments: [true, false])
  func `a restored file that is due by age loses its tag before the marker over it, and is kept for the notice`(
    isVersioned: Bool
  ) throws {
    let fixture = try ProcessingFixture(isVersioned: isVersioned)
    let now = Date.now
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    #expect(try fixture.database.delete(file, of: fixture.user, at: now + 364 * 86_400))
    try fixture.settle(after: 364 * 86_400)
    let restored = now + 370 * 86_400
    let variants = try fixture.record(file).variants
    #expect(
      try fixture.database.restore(
        file,
        of: fixture.user,
        variants: variants,
        deletedAfter: Retention.cutoff(at: restored),
        at: restored
      )
    )
    fixture.store.obey { call, _ in
      if call.operation == .delete, call.key.hasPrefix("ann/") { try fixture.expectTag(of: file, false) }
      return nil
    }
    try fixture.settle(after: 371 * 86_400)
    try fixture.expectTag(of: file, false)
    let kept = try #require(try fixture.record(file).retention.keepUntil)
    #expect(abs(kept.timeIntervalSince(restored) - 30 * 86_400) < 1)
    #expect(try fixture.state(file) == .ready)
  }

  @Test func `a young restored file keeps its tag and has no notice`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    #expect(try fixture.database.delete(file, of: fixture.user, at: .now))
    try fixture.settle()
    let variants = try fixture.record(file).variants
    #expect(
      try fixture.database.restore(file, of: fixture.user, variants: variants, deletedAfter: .distantPast, at: .now)
    )
    try fixture.settle()
    try fixture.expectTag(of: file, true)
    #expect(try fixture.record(file).retention.keepUntil == nil)
  }

  @Test func `on a store without versions the bytes of a deleted file have no tag`() throws {
    let fixture = try ProcessingFixture(isVersioned: false)
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    try fixture.expectTag(of: file, true)
    #expect(try fixture.database.delete(file, of: fixture.user, at: .now))
    try fixture.settle()
    try fixture.expectTag(of: file, false)
  }

  @Test func `a file that an administrator releases from the quarantine gets its tag`() throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.success(.infected(name: "Test")))
    let file = try fixture.migrate(Array("text".utf8), to: "a.txt")
    #expect(try fixture.next() == .quarantined(.malware))
    try fixture.expectTag(of: file, false)
    #expect(try fixture.database.releaseFromQuarantine(file, at: .now))
    #expect(try fixture.record(file).isTagged)
    try fixture.settle(after: 1)
    try fixture.expectTag(of: file, true)
  }
}

/// Collects events about tags.
private final class Recorder: Sendable {
  private let events: Mutex<[TagEvent]>
  init(_ events: consuming Mutex<[TagEvent]>) { self.events = events }
  var all: [TagEvent] { events.withLock { $0 } }
  func tell(_ event: TagEvent) { events.withLock { $0.append(event) } }
}

extension ProcessingFixture {
  /// Changes the plan of the user.
  func change(to plan: Plan, at now: Date = .now) throws {
    _ = try database.change(user, plan: plan, quotaBytes: nil, at: now)
  }

  /// Expects the object of `file` to have exactly the tag of the rule, or no tags, and the database to say the same.
  func expectTag(of file: FileID, _ isTagged: Bool, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let record = try record(file)
    let tags = try store.memory.tags(
      of: record.judgedKey,
      in: Self.buckets.raw,
      version: record.versionID.map { VersionID($0) }
    )
    #expect(tags == (isTagged ? ["retention": "standard"] : [:]), sourceLocation: sourceLocation)
    #expect(record.isTagged == isTagged, sourceLocation: sourceLocation)
  }

  /// Takes turns until no user is due.
  func retagAll(at now: Date = .now + 100_000) throws -> [Retagging.Turn] {
    let retagging = Retagging(try parts(), perSecond: nil)
    var turns: [Retagging.Turn] = []
    while let turn = try retagging.turn(at: now) { turns.append(turn) }
    return turns
  }
}
