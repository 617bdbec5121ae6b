import Core
import Database
import Foundation
import Scanning
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct LeaseTests {
  @Test func `a worker that lost its lease changes nothing, and the one that holds it finishes`() throws {
    let photo = try ProcessingFixture.photo.get()
    for answer in [ScanVerdict.clean, .infected(name: "Test")] {
      let fixture = try ProcessingFixture()
      let file = try fixture.upload(photo)
      let database = fixture.database
      let taken = Mutex<LeasedJob?>(nil)
      fixture.scanner.obey { _, _ in
        taken.withLock { $0 = try? database.leaseJob(seconds: 120, at: .now + 1000) }
        return .success(answer)
      }
      #expect(try fixture.next() == .superseded)
      let job = try #require(taken.withLock { $0 })
      #expect(try fixture.state(file) == .received && fixture.versions(file).count == 1)
      try fixture.expectQuota(used: 0, reserved: photo.count)
      #expect(try database.renew(job, seconds: 120, at: .now) != nil)
      fixture.scanner.say(.success(.clean))
      #expect(try fixture.processor.process(job) == .ready)
      #expect(try fixture.next() == .idle)
      try fixture.expectSettled(used: photo.count)
    }
  }

  @Test func `a failure of a worker that lost its lease does not count`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    let database = fixture.database
    fixture.scanner.obey { _, _ in
      _ = try? database.leaseJob(seconds: 120, at: .now + 1000)
      return .failure(.refused(detail: "nonsense"))
    }
    #expect(try fixture.next()?.isFailed == true)
    let job = try #require(try database.leaseJob(seconds: 1, at: .now + 2000))
    #expect(job.failures == 0 && job.file == file)
  }

  @Test func `an expired lease commits nothing, even if not taken over, and the job is due at once`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.claim(size: photo.count)
    try fixture.put(photo, for: file)
    _ = try fixture.database.enqueue(for: [file], at: .now - 2000)
    #expect(try fixture.processor.next(at: .now - 1000)?.outcome == .superseded)
    #expect(try fixture.state(file) == .received)
    #expect(try fixture.next() == .ready)
    try fixture.expectSettled(used: photo.count)
  }

  @Test func `a file deleted by its owner meanwhile is not published, and not charged`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    try fixture.makePrivate(file)
    let (database, user) = (fixture.database, fixture.user)
    fixture.scanner.obey { _, _ in
      _ = try? database.delete(file, of: user, at: .now)
      return .success(.clean)
    }
    #expect(try fixture.next() == .superseded)
    #expect(try fixture.state(file) == .deleted && fixture.record(file).variants.isEmpty)
    #expect(try fixture.next() == .discarded(versions: 4))
    #expect(try fixture.versions(file).isEmpty && fixture.processedKeys().isEmpty)
    try fixture.settle(after: 1000)
    try fixture.expectSettled(used: 0)
  }

  @Test func `an upload aborted just before it is found stays aborted, and its object is deleted`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    let (database, user) = (fixture.database, fixture.user)
    fixture.store.obey { call, _ in
      if call.operation == .get { _ = try database.abort(file, of: user) }
      return nil
    }
    #expect(try fixture.next() == .superseded)
    #expect(try fixture.state(file) == .aborted)
    #expect(try fixture.next() == .discarded(versions: 1))
    try fixture.expectSettled(used: 0)
  }

  @Test func `a lease is renewed as long as the work runs`() throws {
    let fixture = try ProcessingFixture()
    _ = try fixture.upload()
    let (job, database) = (try #require(try fixture.database.leaseJob(seconds: 3, at: .now)), fixture.database)
    do {
      let lease = Lease(job, seconds: 3, database: database)
      let end = Date.now + 4.5
      while Date.now < end {
        #expect(try database.leaseJob(seconds: 1, at: .now) == nil)
        usleep(50_000)
      }
      withExtendedLifetime(lease) {}
    }
    let end = Date.now + 30
    var next: LeasedJob?
    while next == nil, Date.now < end {
      usleep(50_000)
      next = try database.leaseJob(seconds: 1, at: .now)
    }
    #expect(next?.attempts == 2)
  }

  @Test func `four workers share twenty files, and each file is processed once`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let files = try (0..<20).map { _ in try fixture.upload(photo) }
    // Every event arrives twice.
    for file in files { try fixture.hint(file) }
    let outcomes = Mutex<[ProcessingOutcome]>([])
    let processors = try (0..<4).map { _ in try fixture.colleague() }
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      #expect(throws: Never.self) {
        while let (_, outcome) = try processors[index].next(at: .now + 1) { outcomes.withLock { $0.append(outcome) } }
      }
    }
    #expect(outcomes.withLock { $0 } == Array(repeating: .ready, count: 20))
    #expect(fixture.scanner.count == 20)
    #expect(fixture.store.calls.filter { $0.operation == .put }.count == 60)
    #expect(try fixture.processedKeys().count == 60)
    for file in files { #expect(try fixture.state(file) == .ready && fixture.record(file).variants.count == 3) }
    try fixture.expectSettled(used: 20 * photo.count)
  }
}
