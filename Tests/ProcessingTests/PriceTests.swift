import Core
import Database
import Decoding
import Foundation
import Scanning
import TestSupport
import Testing

@testable import Processing

/// Retries of files that are expensive to check.
@Suite struct PriceTests {
  /// Returns a pool of decoders that run `script` after their greeting; each run adds a line to the file `calls`.
  private func decoders(
    in folder: ScratchFolder,
    _ script: String,
    limits: DecoderLimits
  ) throws -> DecoderPool {
    let ready = #"printf '\000\000\000\005ready' >&3; read -r line <&3; echo >> "#
    let program = try folder.impostor("\(ready)\(folder.file("calls")); \(script)")
    return DecoderPool(executable: program, limits: limits)
  }

  private func calls(in folder: ScratchFolder) throws -> Int {
    try String(contentsOfFile: folder.file("calls"), encoding: .utf8).count
  }

  private static let burning = "ulimit -t 1; while :; do :; done"

  @Test func `a picture that uses up the decoder's time is refused at once for that limit`() throws {
    let folder = try ScratchFolder()
    let limits = DecoderLimits(cpuSeconds: 1, deadlineSeconds: 60)
    let fixture = try ProcessingFixture(decoders: decoders(in: folder, Self.burning, limits: limits))
    let file = try fixture.upload()
    #expect(try fixture.next() == .rejected(.dimensionsExceeded))
    #expect(try fixture.record(file).exceeded?.quantity == .cpuSeconds)
    #expect(try calls(in: folder) == 1 && fixture.versions(file).isEmpty)
    try fixture.expectSettled(used: 0)
  }

  @Test func `a document that uses up the decoder's time is refused at once for its work`() throws {
    let folder = try ScratchFolder()
    let limits = DecoderLimits(cpuSeconds: 1, deadlineSeconds: 60)
    let fixture = try ProcessingFixture(decoders: decoders(in: folder, Self.burning, limits: limits))
    let file = try fixture.upload(Array("%PDF-1.7\n".utf8), .pdf)
    #expect(try fixture.next() == .rejected(.decompressionBomb))
    #expect(try fixture.record(file).exceeded == nil)
    try fixture.expectSettled(used: 0)
  }

  @Test func `a file whose decoder got no CPU time is tried again, less often and after other files, and never fails`()
    throws
  {
    let folder = try ScratchFolder()
    let fixture = try ProcessingFixture(
      decoders: decoders(in: folder, "sleep 20", limits: DecoderLimits(deadlineSeconds: 1))
    )
    let file = try fixture.upload()
    for wait in [60.0, 120, 240, 480] {
      #expect(try fixture.next(after: wait)?.isPostponed == true)
      let job = try #require(try fixture.database.job(.process, of: file))
      #expect(abs(job.dueAt.timeIntervalSinceNow - wait) < 5, "\(job.dueAt)")
    }
    #expect(try fixture.state(file) == .received && fixture.database.job(.process, of: file)?.failures == 0)
  }

  @Test func `a rendering that uses up the decoder's time is not retried automatically`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    let folder = try ScratchFolder()
    let limits = DecoderLimits(cpuSeconds: 1, deadlineSeconds: 60)
    let variants = [VariantSpecification(name: .thumb, shape: .cover(width: 9, height: 9))]
    let colleague = Processor(
      try fixture.parts(variants, decoders: decoders(in: folder, Self.burning, limits: limits))
    )
    _ = try fixture.database.enqueue(.render, for: [file], at: .now)
    #expect(try colleague.next(at: .now + 1)?.outcome.isFailed == true)
    #expect(try fixture.database.job(.render, of: file)?.state == .failed)
    #expect(try calls(in: folder) == 1)
  }

  @Test func `a file that uses up the scanner's deadline waits twice as long each time, and never fails`() throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.failure(.tooSlow(detail: "no answer in time")))
    let file = try fixture.upload()
    var now = 1.0
    for wait in [60.0, 120, 240, 480, 960, 1920, 3600, 3600] {
      #expect(try fixture.next(after: now)?.isPostponed == true)
      let due = try #require(try fixture.database.job(.process, of: file)?.dueAt.timeIntervalSinceNow)
      #expect(abs(due - wait) < 20, "\(due) s, not \(wait)")
      now = due + 1
    }
    #expect(try fixture.state(file) == .received && fixture.database.job(.process, of: file)?.failures == 0)
    fixture.scanner.say(.success(.clean))
    #expect(try fixture.next(after: now + 3600) == .ready)
  }

  @Test func `a file that used up the scanner's deadline comes after the others`() throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.failure(.tooSlow(detail: "no answer in time")))
    let slow = try fixture.upload()
    #expect(try fixture.next()?.isPostponed == true)
    fixture.scanner.say(.success(.clean))
    let quick = try fixture.upload()
    #expect(try fixture.next(after: 70) == .ready)
    #expect(try fixture.state(quick) == .ready && fixture.state(slow) == .received)
  }
}
