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
  private func isJudged(_ fixture: ProcessingFixture, _ file: FileID) -> @Sendable () throws(StorageError) -> Bool {
    let database = fixture.database
    return { () throws(StorageError) in
      let state = try database.file(file)?.state
      return state != .pending && state != .received
    }
  }

  private func onDemand(_ fixture: ProcessingFixture, patience: TimeInterval = 10) throws -> OnDemand {
    OnDemand(try fixture.parts(), limits: OnDemandSettings(), decoder: DecoderLimits(), patience: patience)
  }

  @Test func `forty requests to two processes, beside a worker, wait for one rendering`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    let processes = try [onDemand(fixture), onDemand(fixture)]
    let colleague = try fixture.colleague()
    let isJudged = isJudged(fixture, file)
    let outcomes = try concurrently(41) { index in
      index == 40
        ? try colleague.next(at: .now)?.outcome
        : try processes[index % 2].settle(.process, of: file, isDone: isJudged)
    }
    #expect(try fixture.state(file) == .ready && fixture.scanner.count == 1)
    #expect(outcomes.count { $0 == .ready } == 1)
    #expect(try fixture.processedKeys().count == 3)
    try fixture.expectSettled(used: try ProcessingFixture.photo.get().count)
  }

  @Test func `a file leased by another process for too long is reported as processing`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    _ = try #require(try fixture.database.leaseJob(.process, of: file, seconds: 60, at: .now))
    let start = Date.now
    #expect(throws: StorageError.processing(retryAfter: 2)) {
      try onDemand(fixture, patience: 0.3).settle(.process, of: file, isDone: isJudged(fixture, file))
    }
    #expect(Date.now.timeIntervalSince(start) >= 0.3 && fixture.scanner.count == 0)
  }

  @Test func `the job of a dead process is taken over once its lease has expired`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    _ = try #require(try fixture.database.leaseJob(.process, of: file, seconds: 0.2, at: .now))
    #expect(try onDemand(fixture).settle(.process, of: file, isDone: isJudged(fixture, file)) == .ready)
  }

  @Test func `a failure applies to all processes, and nothing is retried early`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    fixture.scanner.say(.failure(.unavailable(detail: "away")))
    for _ in 0..<3 {
      #expect {
        try onDemand(fixture).settle(.process, of: file, isDone: isJudged(fixture, file))
      } throws: { error in
        if case .processing(let seconds)? = error as? StorageError { (1...5).contains(seconds) } else { false }
      }
    }
    #expect(try fixture.scanner.count == 1 && fixture.state(file) == .received)
  }

  @Test func `a request that waited long enough gets an answer while the work continues`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    fixture.scanner.obey { _, _ in
      usleep(2_000_000)
      return .success(.clean)
    }
    let start = Date.now
    #expect(throws: StorageError.processing(retryAfter: 5)) {
      let arrival = start + 0.5 - OnDemand.totalPatience
      try onDemand(fixture).settle(.process, of: file, since: arrival, isDone: isJudged(fixture, file))
    }
    #expect(Date.now.timeIntervalSince(start) < 1.8)
    for _ in 0..<1000 where try fixture.state(file) != .ready { usleep(10_000) }
    #expect(try fixture.state(file) == .ready && fixture.scanner.count == 1)
  }

  @Test func `a failed rendering is reported, and not retried`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    #expect(try fixture.next() == .ready)
    let job = try #require(try fixture.database.leaseJob(.render, of: file, seconds: 60, at: .now))
    try #require(try fixture.database.fail(job, error: "broken", at: .now))
    fixture.store.obey(nil)
    #expect {
      try onDemand(fixture).settle(.render, of: file) { () throws(StorageError) in false }
    } throws: { error in
      if case .unavailable(let detail)? = error as? StorageError { detail.contains("broken") } else { false }
    }
    #expect(fixture.store.calls.isEmpty)
  }

  @Test func `an upload that is missing or refused gets an answer without a rendering`() throws {
    let fixture = try ProcessingFixture()
    let pending = try fixture.claim(size: 10)
    #expect(try onDemand(fixture).settle(.process, of: pending, isDone: isJudged(fixture, pending)) == .idle)
    let infected = try fixture.upload()
    fixture.scanner.say(.success(.infected(name: "Test")))
    #expect(
      try onDemand(fixture).settle(.process, of: infected, isDone: isJudged(fixture, infected)) == .rejected(.malware)
    )
    #expect(try fixture.processedKeys().isEmpty)
    try fixture.expectSettled(used: 0, reserved: 10)
  }

  @Test func `an image of unknown size counts by its length, and in the end by its pixels`() throws {
    let fixture = try ProcessingFixture()
    let decoder = DecoderLimits(maximumPixels: 60_000_000)
    let onDemand = OnDemand(try fixture.parts(), limits: OnDemandSettings(), decoder: decoder)
    func pixels(_ file: FileID) throws -> Int { onDemand.pixels(of: try fixture.record(file)) }
    for (size, type, expected) in [
      (100, FileType.jpeg, 50_000_000), (9_000_000, .png, 50_000_000), (9_000_000, .gif, 50_000_000),
      (5_000_000, .jpeg, 50_000_000),
    ] {
      let file = try fixture.claim(size: size, type)
      #expect(try pixels(file) == expected, "\(size) \(type)")
      try #require(try fixture.database.abort(file, of: fixture.user))
    }
    let small = OnDemand(try fixture.parts(), limits: OnDemandSettings(), decoder: DecoderLimits(maximumPixels: 1_000))
    #expect(small.pixels(of: try fixture.record(try fixture.claim(size: 100, .png))) == 1_000)
    let photo = try fixture.upload()
    #expect(try fixture.next() == .ready)
    #expect(try pixels(photo) == 200 * 160)
    #expect(OnDemand.unknownPixels(.jpeg, bytes: 40_000_000, decoder) == 160_000_000)
    #expect(OnDemand.unknownPixels(.jpeg, bytes: 100_000_000, decoder) == 210_000_000)
    #expect(OnDemand.unknownPixels(.webp, bytes: 40_000_000, decoder) == 60_000_000)
  }

  @Test func `an image above the pixel limit waits until it is alone, or is reported as processing`() throws {
    let fixture = try ProcessingFixture()
    let eve = try fixture.user("eve")
    let isOver = Atomic(false)
    fixture.scanner.obey { _, _ in
      while !isOver.load(ordering: .relaxed) { usleep(2_000) }
      return .success(.clean)
    }
    let limits = OnDemandSettings(files: 4, pixels: 20_000_000)
    let onDemand = OnDemand(try fixture.parts(), limits: limits, decoder: DecoderLimits())
    let first = try fixture.upload(of: eve)
    let isFirstJudged = isJudged(fixture, first)
    let group = DispatchGroup()
    group.enter()
    Thread.detachNewThread {
      _ = try? onDemand.settle(.process, of: first, since: .now, isDone: isFirstJudged)
      group.leave()
    }
    while fixture.scanner.count < 1 { usleep(1_000) }
    // Both count as 50 million pixels, which is more than the limit: each is rendered alone.
    let second = try fixture.upload()
    let arrival = Date.now + 0.3 - OnDemand.totalPatience
    #expect(throws: StorageError.processing(retryAfter: 5)) {
      try onDemand.settle(.process, of: second, since: arrival, isDone: isJudged(fixture, second))
    }
    #expect(try fixture.state(second) == .received || fixture.state(second) == .pending)
    isOver.store(true, ordering: .relaxed)
    group.wait()
    #expect(try onDemand.settle(.process, of: second, isDone: isJudged(fixture, second)) == .ready)
    #expect(try fixture.state(first) == .ready)
  }

  @Test func `finished work needs no job and no request to the store`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    #expect(try onDemand(fixture).settle(.process, of: file) { () throws(StorageError) in true } == nil)
    #expect(try fixture.jobs().queued == 1 && fixture.store.calls.isEmpty)
  }

  @Test func `ten endless images of one user delay no other user's image`() throws {
    let fixture = try ProcessingFixture()
    let eve = try fixture.user("eve")
    let photo = try Photo.jpeg(width: 202, height: 160)
    let isOver = Atomic(false)
    fixture.scanner.obey { _, size in
      while size == photo.count, !isOver.load(ordering: .relaxed) { usleep(2_000) }
      return .success(.clean)
    }
    let onDemand = try onDemand(fixture)
    let group = DispatchGroup()
    for _ in 0..<10 {
      let file = try fixture.upload(photo, of: eve)
      let isJudged = isJudged(fixture, file)
      group.enter()
      Thread.detachNewThread {
        _ = try? onDemand.settle(.process, of: file, since: .now, isDone: isJudged)
        group.leave()
      }
    }
    while fixture.scanner.count < 1 { usleep(1_000) }
    usleep(200_000)
    let file = try fixture.upload()
    let arrival = Date.now - OnDemand.totalPatience + 5
    #expect(try onDemand.settle(.process, of: file, since: arrival, isDone: isJudged(fixture, file)) == .ready)
    isOver.store(true, ordering: .relaxed)
    group.wait()
  }
}
