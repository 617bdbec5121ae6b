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
  @Test func `while the scanner is away a file waits without limit, and is ready once it is back`() throws {
    let site = try Site()
    site.scanner.say(.failure(.unavailable(detail: "away")))
    let file = try site.upload()
    for turn in 0..<12 {
      #expect(try site.next(after: Double(turn) * 10 + 1)?.isPostponed == true)
      #expect(try site.state(file) == .received)
      #expect(try site.versions(file).count == 1)
    }
    #expect(try site.jobs().queued == 1)
    let size = try Site.photo.get().count
    try site.expectQuota(used: 0, reserved: size)
    let job = try #require(try site.database.leaseJob(seconds: 1, at: .now + 1000))
    #expect(job.failures == 0 && job.attempts == 13 && job.lastError == "scanner: away")
    site.scanner.say(.success(.clean))
    #expect(try site.next(after: 1100) == .ready)
    try site.expectSettled(used: size)
  }

  @Test func `a postponed job leaves its worker alone for some seconds`() throws {
    let site = try Site()
    site.scanner.say(.failure(.unavailable(detail: "away")))
    _ = try site.upload()
    #expect(try site.next()?.isPostponed == true)
    #expect(try site.next(after: 3) == nil)
    #expect(try site.next(after: 6)?.isPostponed == true)
  }

  @Test(arguments: [ScanError.refused(detail: "nonsense"), .sizeMismatch(expected: 1, actual: 2), .empty])
  func `a file that breaks the scanner three times is unreadable and gone`(error: ScanError) throws {
    let site = try Site()
    site.scanner.say(.failure(error))
    let file = try site.upload()
    #expect(try site.next()?.isFailed == true)
    #expect(try site.next(after: 10)?.isFailed == true)
    #expect(try site.state(file) == .received && site.versions(file).count == 1)
    #expect(try site.next(after: 20) == .rejected(.unreadable))
    #expect(try site.versions(file).isEmpty)
    try site.expectSettled(used: 0)
  }

  @Test(arguments: [ScanError.tooLarge, .unreadable(detail: "input/output error")])
  func `a scanner's own limit and a broken disk are no file's fault`(error: ScanError) throws {
    let site = try Site()
    site.scanner.say(.failure(error))
    let file = try site.upload()
    for turn in 0..<5 { #expect(try site.next(after: Double(turn) * 10 + 1)?.isPostponed == true) }
    #expect(try site.state(file) == .received)
    site.scanner.say(.success(.clean))
    #expect(try site.next(after: 60) == .ready)
  }

  @Test func `failures between postponements still count to three`() throws {
    let site = try Site()
    let file = try site.upload()
    for (turn, isAway) in [false, true, true, false, true].enumerated() {
      site.scanner.say(.failure(isAway ? .unavailable(detail: "away") : .refused(detail: "nonsense")))
      #expect(try site.next(after: Double(turn) * 10 + 1)?.isPostponed == isAway)
    }
    site.scanner.say(.failure(.refused(detail: "nonsense")))
    #expect(try site.next(after: 60) == .rejected(.unreadable))
    #expect(try site.versions(file).isEmpty)
  }

  @Test func `a file that kills its decoder three times is unreadable and gone`() throws {
    let folder = try ScratchFolder()
    let script = "#!/bin/sh\nprintf '\\000\\000\\000\\005ready' >&3\nread -r line <&3\nkill -SEGV $$\n"
    try folder.write(Array(script.utf8), to: "decoder")
    try folder.run("chmod", ["755", "decoder"])
    let site = try Site(decoders: DecoderPool(executable: folder.file("decoder")))
    let file = try site.upload()
    #expect(try site.next()?.isFailed == true)
    #expect(try site.next(after: 10)?.isFailed == true)
    #expect(try site.next(after: 20) == .rejected(.unreadable))
    #expect(try site.record(file).reason == .unreadable && site.versions(file).isEmpty)
    try site.expectSettled(used: 0)
  }

  @Test func `a decoder that is not there is nobody's fault`() throws {
    let site = try Site(decoders: DecoderPool(executable: "/nonexistent/decoder"))
    let file = try site.upload()
    for turn in 0..<5 {
      let outcome = try site.next(after: Double(turn) * 10 + 1)
      #expect(outcome?.isPostponed == true && outcome?.detail?.contains("/nonexistent/decoder") == true)
    }
    #expect(try site.state(file) == .received)
    #expect(try site.colleague().next(at: .now + 100)?.outcome == .ready)
  }

  @Test func `no room for the private copy is nobody's fault`() throws {
    let site = try Site()
    let file = try site.upload()
    var parts = site.processor.parts
    parts.worker.temporaryDirectory = "/nonexistent"
    let outcome = try Processor(parts).next(at: .now + 1)?.outcome
    #expect(outcome?.isPostponed == true && outcome?.detail?.contains("/nonexistent") == true)
    #expect(try site.state(file) == .received)
    #expect(try site.next(after: 10) == .ready)
  }

  @Test func `while nobody can judge a file, only its newest upload stays`() throws {
    let site = try Site()
    try site.store.memory.ignoreConditions(in: Site.buckets.raw)
    site.scanner.say(.failure(.unavailable(detail: "away")))
    let document = Document.pdf()
    let file = try site.claim(size: document.count, .pdf)
    for _ in 0..<50 { try site.put(document, for: file) }
    try site.hint(file)
    let newest = try site.versions(file).first?.version
    #expect(try site.next()?.isPostponed == true)
    #expect(try site.versions(file).map(\.version) == [newest])
    // One that comes between the look and the removal is the newest now; what was looked at stays too.
    let (memory, key) = (site.store.memory, try site.record(file).rawKey)
    site.store.obey { call, _ in
      if call.operation == .get { _ = try memory.put(.bytes(document), to: key, in: Site.buckets.raw) }
      return nil
    }
    #expect(try site.next(after: 10)?.isPostponed == true)
    site.store.obey(nil)
    #expect(try site.versions(file).count == 2 && site.versions(file).last?.version == newest)
    site.scanner.say(.success(.clean))
    #expect(try site.next(after: 20) == .ready)
    #expect(try site.versions(file).map(\.version.description) == [site.record(file).versionID])
    try site.expectSettled(used: document.count)
  }
}
