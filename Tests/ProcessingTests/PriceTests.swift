import Core
import Database
import Decoding
import Foundation
import Scanning
import TestSupport
import Testing

@testable import Processing

/// How often a file is judged again that was dear to judge.
@Suite struct PriceTests {
  /// A pool of decoders that are ready at once, and then do as `script` says, which a line in `calls` counts.
  private func decoders(
    in folder: ScratchFolder,
    _ script: String,
    limits: DecoderLimits
  ) throws -> DecoderPool {
    let ready = #"printf '\000\000\000\005ready' >&3; read -r line <&3; echo >> "#
    try folder.write(Array("#!/bin/sh\n\(ready)\(folder.file("calls")); \(script)\n".utf8), to: "decoder")
    try folder.run("chmod", ["755", "decoder"])
    return DecoderPool(executable: folder.file("decoder"), limits: limits, spares: 0)
  }

  private func calls(in folder: ScratchFolder) throws -> Int {
    try String(contentsOfFile: folder.file("calls"), encoding: .utf8).count
  }

  private static let burning = "ulimit -t 1; while :; do :; done"

  @Test func `a file that uses up the decoder's time is unreadable at once`() throws {
    let folder = try ScratchFolder()
    let limits = DecoderLimits(cpuSeconds: 1, deadlineSeconds: 60)
    let site = try Site(decoders: decoders(in: folder, Self.burning, limits: limits))
    let file = try site.upload()
    #expect(try site.next() == .rejected(.unreadable))
    #expect(try calls(in: folder) == 1 && site.versions(file).isEmpty)
    try site.expectSettled(used: 0)
  }

  @Test func `a file whose decoder got no time is tried again, less often and after other files`() throws {
    let folder = try ScratchFolder()
    let site = try Site(decoders: decoders(in: folder, "sleep 20", limits: DecoderLimits(deadlineSeconds: 1)))
    let file = try site.upload()
    for wait in [5.0, 10] {
      #expect(try site.next(after: 11)?.isFailed == true)
      let job = try #require(try site.database.job(.process, of: file))
      #expect(abs(job.dueAt.timeIntervalSinceNow - wait) < 3, "\(job.dueAt)")
    }
    #expect(try site.state(file) == .received)
    #expect(try site.next(after: 21) == .rejected(.unreadable))
  }

  @Test func `a rendering that uses up the decoder's time is not tried again by itself`() throws {
    let site = try Site()
    let file = try site.upload()
    #expect(try site.next() == .ready)
    let folder = try ScratchFolder()
    let limits = DecoderLimits(cpuSeconds: 1, deadlineSeconds: 60)
    let variants = [VariantSpecification(name: .thumb, shape: .cover(width: 9, height: 9))]
    let colleague = Processor(
      try site.parts(variants, decoders: decoders(in: folder, Self.burning, limits: limits))
    )
    _ = try site.database.enqueue(.render, for: [file], at: .now)
    #expect(try colleague.next(at: .now + 1)?.outcome.isFailed == true)
    #expect(try site.database.job(.render, of: file)?.state == .failed)
    #expect(try calls(in: folder) == 1)
  }

  @Test func `a file that keeps the scanner until its deadline waits twice as long each time, and never fails`() throws
  {
    let site = try Site()
    site.scanner.say(.failure(.tooSlow(detail: "no answer in time")))
    let file = try site.upload()
    var now = 1.0
    for wait in [60.0, 120, 240, 480, 960, 1920, 3600, 3600] {
      #expect(try site.next(after: now)?.isPostponed == true)
      let due = try #require(try site.database.job(.process, of: file)?.dueAt.timeIntervalSinceNow)
      #expect(abs(due - wait) < 20, "\(due) s, not \(wait)")
      now = due + 1
    }
    #expect(try site.state(file) == .received && site.database.job(.process, of: file)?.failures == 0)
    site.scanner.say(.success(.clean))
    #expect(try site.next(after: now + 3600) == .ready)
  }

  @Test func `what kept the scanner until its deadline comes after what did not`() throws {
    let site = try Site()
    site.scanner.say(.failure(.tooSlow(detail: "no answer in time")))
    let slow = try site.upload()
    #expect(try site.next()?.isPostponed == true)
    site.scanner.say(.success(.clean))
    let quick = try site.upload()
    #expect(try site.next(after: 70) == .ready)
    #expect(try site.state(quick) == .ready && site.state(slow) == .received)
  }
}
