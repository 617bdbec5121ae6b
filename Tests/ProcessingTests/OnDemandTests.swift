import Core
import Database
import Foundation
import Scanning
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct OnDemandTests {
  private func isJudged(_ site: Site, _ file: FileID) -> @Sendable () throws(StorageError) -> Bool {
    let database = site.database
    return { () throws(StorageError) in
      let state = try database.file(file)?.state
      return state != .pending && state != .received
    }
  }

  private func onDemand(_ site: Site, patience: TimeInterval = 10) throws -> OnDemand {
    OnDemand(try site.parts(), limits: OnDemandSettings(), unknownPixels: 50_000_000, patience: patience)
  }

  @Test func `forty that ask two processes at once, beside a worker, wait for one rendering`() throws {
    let site = try Site()
    let file = try site.upload()
    let processes = try [onDemand(site), onDemand(site)]
    let colleague = try site.colleague()
    let isJudged = isJudged(site, file)
    let outcomes = try concurrently(41) { index in
      index == 40
        ? try colleague.next(at: .now)?.outcome
        : try processes[index % 2].settle(.process, of: file, isDone: isJudged)
    }
    #expect(try site.state(file) == .ready && site.scanner.count == 1)
    #expect(outcomes.count { $0 == .ready } == 1)
    #expect(try site.processedKeys().count == 3)
    try site.expectSettled(used: try Site.photo.get().count)
  }

  @Test func `what another holds for longer than can be waited for is being processed`() throws {
    let site = try Site()
    let file = try site.upload()
    _ = try #require(try site.database.leaseJob(.process, of: file, seconds: 60, at: .now))
    let start = Date.now
    #expect(throws: StorageError.processing(retryAfter: 2)) {
      try onDemand(site, patience: 0.3).settle(.process, of: file, isDone: isJudged(site, file))
    }
    #expect(Date.now.timeIntervalSince(start) >= 0.3 && site.scanner.count == 0)
  }

  @Test func `what a dead process held is taken over once its lease ran out`() throws {
    let site = try Site()
    let file = try site.upload()
    _ = try #require(try site.database.leaseJob(.process, of: file, seconds: 0.2, at: .now))
    #expect(try onDemand(site).settle(.process, of: file, isDone: isJudged(site, file)) == .ready)
  }

  @Test func `a failure is remembered for all processes, and nothing is tried before its time`() throws {
    let site = try Site()
    let file = try site.upload()
    site.scanner.say(.failure(.unavailable(detail: "away")))
    for _ in 0..<3 {
      #expect {
        try onDemand(site).settle(.process, of: file, isDone: isJudged(site, file))
      } throws: { error in
        if case .processing(let seconds)? = error as? StorageError { (1...5).contains(seconds) } else { false }
      }
    }
    #expect(try site.scanner.count == 1 && site.state(file) == .received)
  }

  @Test func `who has waited long enough is told so while the work goes on, and finds it done later`() throws {
    let site = try Site()
    let file = try site.upload()
    site.scanner.obey { _, _ in
      usleep(2_000_000)
      return .success(.clean)
    }
    let start = Date.now
    #expect(throws: StorageError.processing(retryAfter: 5)) {
      let arrival = start + 0.5 - OnDemand.totalPatience
      try onDemand(site).settle(.process, of: file, since: arrival, isDone: isJudged(site, file))
    }
    #expect(Date.now.timeIntervalSince(start) < 1.8)
    for _ in 0..<1000 where try site.state(file) != .ready { usleep(10_000) }
    #expect(try site.state(file) == .ready && site.scanner.count == 1)
  }

  @Test func `a rendering that failed for good says so, and is not tried`() throws {
    let site = try Site()
    let file = try site.upload()
    #expect(try site.next() == .ready)
    let job = try #require(try site.database.leaseJob(.render, of: file, seconds: 60, at: .now))
    try #require(try site.database.fail(job, error: "broken", at: .now))
    site.store.obey(nil)
    #expect {
      try onDemand(site).settle(.render, of: file) { () throws(StorageError) in false }
    } throws: { error in
      if case .unavailable(let detail)? = error as? StorageError { detail.contains("broken") } else { false }
    }
    #expect(site.store.calls.isEmpty)
  }

  @Test func `what was never uploaded, or is refused, is settled without a rendering`() throws {
    let site = try Site()
    let pending = try site.claim(size: 10)
    #expect(try onDemand(site).settle(.process, of: pending, isDone: isJudged(site, pending)) == .idle)
    let infected = try site.upload()
    site.scanner.say(.success(.infected(name: "Test")))
    #expect(
      try onDemand(site).settle(.process, of: infected, isDone: isJudged(site, infected)) == .rejected(.malware)
    )
    #expect(try site.processedKeys().isEmpty)
    try site.expectSettled(used: 0, reserved: 10)
  }

  @Test func `nothing is asked of anybody where it is done already`() throws {
    let site = try Site()
    let file = try site.upload()
    #expect(try onDemand(site).settle(.process, of: file) { () throws(StorageError) in true } == nil)
    #expect(try site.jobs().queued == 1 && site.store.calls.isEmpty)
  }

  @Test func `ten images of one user whose work takes for ever hold up no other user's`() throws {
    let site = try Site()
    let eve = try site.user("eve")
    let photo = try Photo.jpeg(width: 202, height: 160)
    let isOver = Atomic(false)
    site.scanner.obey { _, size in
      while size == photo.count, !isOver.load(ordering: .relaxed) { usleep(2_000) }
      return .success(.clean)
    }
    let onDemand = try onDemand(site)
    let group = DispatchGroup()
    for _ in 0..<10 {
      let file = try site.upload(photo, of: eve)
      let isJudged = isJudged(site, file)
      group.enter()
      Thread.detachNewThread {
        _ = try? onDemand.settle(.process, of: file, since: .now, isDone: isJudged)
        group.leave()
      }
    }
    while site.scanner.count < 1 { usleep(1_000) }
    usleep(200_000)
    let file = try site.upload()
    let arrival = Date.now - OnDemand.totalPatience + 5
    #expect(try onDemand.settle(.process, of: file, since: arrival, isDone: isJudged(site, file)) == .ready)
    isOver.store(true, ordering: .relaxed)
    group.wait()
  }
}
