import Core
import Database
import Foundation
import Scanning
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct ZombieTests {
  @Test(arguments: [true, false], [true, false])
  func `a worker that is paused at any call, while another does all the work, changes nothing when it wakes`(
    isVersioned: Bool,
    isClean: Bool
  ) throws {
    let photo = try Site.photo.get()
    var number = 0
    while true {
      let site = try Site(isVersioned: isVersioned)
      site.scanner.say(.success(isClean ? .clean : .infected(name: "Test")))
      let file = try site.upload(photo)
      let colleague = try site.colleague()
      let outcomes = Mutex<[ProcessingOutcome]>([])
      site.store.obey(
        pausing(at: number) {
          while let (_, outcome) = try colleague.next(at: .now + 1000) { outcomes.withLock { $0.append(outcome) } }
        }
      )
      _ = try site.next()
      if outcomes.withLock({ $0.isEmpty }) { break }
      while try site.next(after: 2000) != nil {}
      #expect(try site.state(file) == (isClean ? .ready : .rejected), "call \(number)")
      let left = try site.store.memory.listVersions(Site.buckets.raw, prefix: "", after: nil, limit: 10).items
      #expect(left.map(\.size) == (isClean ? [Int64(photo.count)] : []), "call \(number)")
      #expect(try site.processedKeys().sorted() == site.record(file).variants.map(\.key).sorted(), "call \(number)")
      #expect(try site.record(file).variants.count == (isClean ? 3 : 0))
      if isVersioned, isClean { #expect(try site.record(file).versionID == left[0].version.description) }
      try site.expectSettled(used: isClean ? photo.count : 0)
      number += 1
    }
    #expect(number >= 5)
  }

  @Test func `a worker that wakes after another refused its file leaves no rendering behind`() throws {
    let site = try Site()
    let file = try site.upload()
    let colleague = try site.colleague()
    let (scanner, processed) = (site.scanner, Site.buckets.processed)
    // Its scanner has learnt something since.
    site.store.obey { call, _ in
      guard call.operation == .put, scanner.count == 1 else { return nil }
      scanner.say(.success(.infected(name: "Test")))
      _ = try colleague.next(at: .now + 1000)
      return nil
    }
    #expect(try site.next() == .superseded)
    #expect(scanner.count == 2)
    #expect(try !site.store.memory.list(processed, prefix: "", after: nil, limit: 1).items.isEmpty)
    #expect(try site.next() == .discarded(versions: 3))
    #expect(try site.processedKeys().isEmpty && site.record(file).reason == .malware)
    try site.expectSettled(used: 0)
  }

  @Test func `an owner who deletes at any call of the work leaves a file that holds nothing and is not served`() throws
  {
    var number = 0
    while true {
      let site = try Site()
      let file = try site.upload()
      let (database, user) = (site.database, site.user)
      site.store.obey(pausing(at: number) { _ = try database.delete(file, of: user, at: .now) })
      let outcome = try site.next()
      let record = try site.record(file)
      guard record.state == .deleted else { break }
      if record.readyAt == nil {
        #expect(outcome == .superseded, "call \(number)")
        try site.settle(after: 2000)
        #expect(try site.versions(file).isEmpty && site.processedKeys().isEmpty && record.variants.isEmpty)
        #expect(try site.state(file) == .purged)
        try site.expectSettled(used: 0)
      } else {
        // It was published before; what may be restored stays charged.
        try site.settle()
        try site.expectHidden(file)
        try site.expectSettled(used: try Site.photo.get().count)
      }
      number += 1
    }
    #expect(number >= 5)
  }

  @Test func `through a storm of failures every upload ends as it should, and the quota is exact`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let good = try (0..<12).map { _ in try site.upload(photo) }
    let wrong = try (0..<4).map { _ in try site.upload(Array(photo.dropLast()) + [0], .png) }
    let short = try (0..<4).map { _ in try site.claim(size: photo.count + 1) }
    for file in short { try site.put(photo, for: file) }
    site.store.obey { _, _ in
      switch Int.random(in: 0..<10) {
      case 0: .before(.unavailable(detail: "storm"))
      case 1: .after(.timeout(detail: "storm"))
      default: nil
      }
    }
    site.scanner.obey { _, _ in
      Int.random(in: 0..<5) == 0 ? .failure(.unavailable(detail: "storm")) : .success(.clean)
    }
    let processors = try (0..<4).map { _ in try site.colleague() }
    let clock = Date.now
    DispatchQueue.concurrentPerform(iterations: 5) { index in
      for turn in 1...40 {
        // Postponed jobs are due again in each turn; leases do not run out.
        let now = clock + Double(turn) * 10
        if index == 4 {
          _ = try? site.sweeper.sweep(at: now)
        } else {
          _ = try? processors[index].next(at: now)
        }
      }
    }
    site.store.obey(nil)
    site.scanner.say(.success(.clean))
    for turn in 0..<3 {
      _ = try site.sweeper.sweep(at: clock + 10_000 + Double(turn))
      while try site.next(after: 20_000) != nil {}
    }
    for file in good { #expect(try site.state(file) == .ready) }
    for file in wrong { #expect(try site.record(file).reason == .typeMismatch) }
    for file in short { #expect(try site.record(file).reason == .sizeMismatch) }
    let left = try site.store.memory.listVersions(Site.buckets.raw, prefix: "", after: nil, limit: 100).items
    #expect(try Set(left.map(\.version.description)) == Set(good.compactMap { try site.record($0).versionID }))
    #expect(try site.processedKeys().count == 36)
    try site.expectSettled(used: 12 * photo.count)
  }
}
