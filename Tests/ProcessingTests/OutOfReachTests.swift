import Core
import Database
import Decoding
import Foundation
import Scanning
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct OutOfReachTests {
  @Test func `while the scanner is down a file waits without limit, and is ready afterwards`() throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.failure(.unavailable(detail: "away")))
    let file = try fixture.upload()
    for turn in 0..<12 {
      #expect(try fixture.next(after: Double(turn) * 10 + 1)?.isPostponed == true)
      #expect(try fixture.state(file) == .received)
      #expect(try fixture.versions(file).count == 1)
    }
    #expect(try fixture.jobs().queued == 1)
    let size = try ProcessingFixture.photo.get().count
    try fixture.expectQuota(used: 0, reserved: size)
    let job = try #require(try fixture.database.leaseJob(seconds: 1, at: .now + 1000))
    #expect(job.failures == 0 && job.attempts == 13 && job.lastError == "scanner: away")
    fixture.scanner.say(.success(.clean))
    #expect(try fixture.next(after: 1100) == .ready)
    try fixture.expectSettled(used: size)
  }

  @Test func `a postponed job is not claimed for some seconds`() throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.failure(.unavailable(detail: "away")))
    _ = try fixture.upload()
    #expect(try fixture.next()?.isPostponed == true)
    #expect(try fixture.next(after: 3) == nil)
    #expect(try fixture.next(after: 6)?.isPostponed == true)
  }

  @Test(arguments: [ScanError.refused(detail: "nonsense"), .sizeMismatch(expected: 1, actual: 2), .empty])
  func `a file that crashes the scanner three times is unreadable and deleted`(error: ScanError) throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.failure(error))
    let file = try fixture.upload()
    #expect(try fixture.next()?.isFailed == true)
    #expect(try fixture.next(after: 10)?.isFailed == true)
    #expect(try fixture.state(file) == .received && fixture.versions(file).count == 1)
    #expect(try fixture.next(after: 20) == .rejected(.unreadable))
    #expect(try fixture.versions(file).isEmpty)
    try fixture.expectSettled(used: 0)
  }

  @Test(arguments: [ScanError.tooLarge, .unreadable(detail: "input/output error")])
  func `a limit of the scanner and a full disk are not the file's fault`(error: ScanError) throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.failure(error))
    let file = try fixture.upload()
    for turn in 0..<5 { #expect(try fixture.next(after: Double(turn) * 10 + 1)?.isPostponed == true) }
    #expect(try fixture.state(file) == .received)
    fixture.scanner.say(.success(.clean))
    #expect(try fixture.next(after: 60) == .ready)
  }

  @Test func `failures between postponements still count to three`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    for (turn, isAway) in [false, true, true, false, true].enumerated() {
      fixture.scanner.say(.failure(isAway ? .unavailable(detail: "away") : .refused(detail: "nonsense")))
      #expect(try fixture.next(after: Double(turn) * 10 + 1)?.isPostponed == isAway)
    }
    fixture.scanner.say(.failure(.refused(detail: "nonsense")))
    #expect(try fixture.next(after: 60) == .rejected(.unreadable))
    #expect(try fixture.versions(file).isEmpty)
  }

  @Test func `a file that crashes its decoder three times is unreadable and deleted`() throws {
    let folder = try ScratchFolder()
    let program = try folder.impostor(
      "printf '\\000\\000\\000\\005ready' >&3\nread -r line <&3\nkill -SEGV $$\n"
    )
    let fixture = try ProcessingFixture(decoders: DecoderPool(executable: program))
    let file = try fixture.upload()
    #expect(try fixture.next()?.isFailed == true)
    #expect(try fixture.next(after: 10)?.isFailed == true)
    #expect(try fixture.next(after: 20) == .rejected(.unreadable))
    #expect(try fixture.record(file).reason == .unreadable && fixture.versions(file).isEmpty)
    try fixture.expectSettled(used: 0)
  }

  @Test func `a missing decoder is not the file's fault`() throws {
    let fixture = try ProcessingFixture(decoders: DecoderPool(executable: "/nonexistent/decoder"))
    let file = try fixture.upload()
    for turn in 0..<5 {
      let outcome = try fixture.next(after: Double(turn) * 10 + 1)
      #expect(outcome?.isPostponed == true && outcome?.detail?.contains("/nonexistent/decoder") == true)
    }
    #expect(try fixture.state(file) == .received)
    #expect(try fixture.colleague().next(at: .now + 100)?.outcome == .ready)
  }

  @Test func `no disk space for the private copy is not the file's fault`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    var parts = fixture.processor.dependencies
    parts.worker.temporaryDirectory = "/nonexistent"
    let outcome = try Processor(parts).next(at: .now + 1)?.outcome
    #expect(outcome?.isPostponed == true && outcome?.detail?.contains("/nonexistent") == true)
    #expect(try fixture.state(file) == .received)
    #expect(try fixture.next(after: 10) == .ready)
  }

  @Test func `while no file can be checked, only the newest upload of each stays`() throws {
    let fixture = try ProcessingFixture()
    try fixture.store.memory.ignoreConditions(in: ProcessingFixture.buckets.raw)
    fixture.scanner.say(.failure(.unavailable(detail: "away")))
    let document = Document.pdf()
    let file = try fixture.claim(size: document.count, .pdf)
    for _ in 0..<50 { try fixture.put(document, for: file) }
    try fixture.hint(file)
    let newest = try fixture.versions(file).first?.version
    #expect(try fixture.next()?.isPostponed == true)
    #expect(try fixture.versions(file).map(\.version) == [newest])
    // A version that arrives between listing and deletion is the newest now. The previously newest one stays too.
    let (memory, key) = (fixture.store.memory, try fixture.record(file).rawKey)
    fixture.store.obey { call, _ in
      guard call.operation == .get else { return nil }
      return .during(nil) { bytes in
        _ = try memory.put(.bytes(document), to: key, in: ProcessingFixture.buckets.raw)
        return bytes
      }
    }
    #expect(try fixture.next(after: 10)?.isPostponed == true)
    fixture.store.obey(nil)
    #expect(try fixture.versions(file).count == 2 && fixture.versions(file).last?.version == newest)
    fixture.scanner.say(.success(.clean))
    #expect(try fixture.next(after: 20) == .ready)
    #expect(try fixture.versions(file).map(\.version.description) == [fixture.record(file).versionID])
    try fixture.expectSettled(used: document.count)
  }
}
