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
  @Test func `a worker that lost its lease changes nothing, and the one that has it completes`() throws {
    let photo = try Site.photo.get()
    for answer in [ScanVerdict.clean, .infected(name: "Test")] {
      let site = try Site()
      let file = try site.upload(photo)
      let database = site.database
      let taken = Mutex<LeasedJob?>(nil)
      site.scanner.obey { _, _ in
        taken.withLock { $0 = try? database.leaseJob(seconds: 120, at: .now + 1000) }
        return .success(answer)
      }
      #expect(try site.next() == .superseded)
      let job = try #require(taken.withLock { $0 })
      #expect(try site.state(file) == .received && site.versions(file).count == 1)
      try site.expectQuota(used: 0, reserved: photo.count)
      #expect(try database.renew(job, seconds: 120, at: .now) != nil)
      site.scanner.say(.success(.clean))
      #expect(try site.processor.process(job) == .ready)
      #expect(try site.next() == .idle)
      try site.expectSettled(used: photo.count)
    }
  }

  @Test func `a worker that lost its lease after it failed counts no failure against its successor`() throws {
    let site = try Site()
    let file = try site.upload()
    let database = site.database
    site.scanner.obey { _, _ in
      _ = try? database.leaseJob(seconds: 120, at: .now + 1000)
      return .failure(.refused(detail: "nonsense"))
    }
    #expect(try site.next()?.isFailed == true)
    let job = try #require(try database.leaseJob(seconds: 1, at: .now + 2000))
    #expect(job.failures == 0 && job.file == file)
  }

  @Test func `a lease that ran out commits nothing, even where nobody took it over, and the job is due at once`() throws
  {
    let site = try Site()
    let photo = try Site.photo.get()
    let file = try site.claim(size: photo.count)
    try site.put(photo, for: file)
    _ = try site.database.enqueue(for: [file], at: .now - 2000)
    #expect(try site.processor.next(at: .now - 1000)?.outcome == .superseded)
    #expect(try site.state(file) == .received)
    #expect(try site.next() == .ready)
    try site.expectSettled(used: photo.count)
  }

  @Test func `a file that its owner takes away meanwhile is not published, and holds nothing`() throws {
    let site = try Site()
    let file = try site.upload()
    let (database, user) = (site.database, site.user)
    site.scanner.obey { _, _ in
      _ = try? database.delete(file, of: user, at: .now)
      return .success(.clean)
    }
    #expect(try site.next() == .superseded)
    #expect(try site.state(file) == .deleted && site.record(file).variants.isEmpty)
    #expect(try site.next() == .discarded(versions: 4))
    #expect(try site.versions(file).isEmpty && site.processedKeys().isEmpty)
    try site.settle(after: 1000)
    try site.expectSettled(used: 0)
  }

  @Test func `an upload that is given up just before it is seen stays given up, and its object goes`() throws {
    let site = try Site()
    let file = try site.upload()
    let (database, user) = (site.database, site.user)
    site.store.obey { call, _ in
      if call.operation == .head { _ = try database.abort(file, of: user) }
      return nil
    }
    #expect(try site.next() == .superseded)
    #expect(try site.state(file) == .aborted)
    #expect(try site.next() == .discarded(versions: 1))
    try site.expectSettled(used: 0)
  }

  @Test func `a lease lives as long as the work`() throws {
    let site = try Site()
    _ = try site.upload()
    let (job, database) = (try #require(try site.database.leaseJob(seconds: 4, at: .now)), site.database)
    do {
      let lease = Lease(job, seconds: 4, database: database)
      let end = Date.now + 6
      while Date.now < end {
        #expect(try database.leaseJob(seconds: 1, at: .now) == nil)
        usleep(50_000)
      }
      withExtendedLifetime(lease) {}
    }
    usleep(4_500_000)
    #expect(try database.leaseJob(seconds: 1, at: .now)?.attempts == 2)
  }

  @Test func `four workers share twenty files, and each file is done once`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let files = try (0..<20).map { _ in try site.upload(photo) }
    // Every event comes twice.
    for file in files { try site.hint(file) }
    let outcomes = Mutex<[ProcessingOutcome]>([])
    let processors = try (0..<4).map { _ in try site.colleague() }
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      #expect(throws: Never.self) {
        while let (_, outcome) = try processors[index].next(at: .now + 1) { outcomes.withLock { $0.append(outcome) } }
      }
    }
    #expect(outcomes.withLock { $0 } == Array(repeating: .ready, count: 20))
    #expect(site.scanner.count == 20)
    #expect(site.store.calls.filter { $0.operation == .put }.count == 60)
    #expect(try site.processedKeys().count == 60)
    for file in files { #expect(try site.state(file) == .ready && site.record(file).variants.count == 3) }
    try site.expectSettled(used: 20 * photo.count)
  }
}
