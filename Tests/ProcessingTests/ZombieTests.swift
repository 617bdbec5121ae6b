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
  func `a worker paused at any call while another finishes its work changes nothing when it wakes`(
    isVersioned: Bool,
    isClean: Bool
  ) throws {
    let photo = try ProcessingFixture.photo.get()
    var number = 0
    while true {
      let fixture = try ProcessingFixture(isVersioned: isVersioned)
      fixture.scanner.say(.success(isClean ? .clean : .infected(name: "Test")))
      let file = try fixture.upload(photo)
      let colleague = try fixture.colleague()
      let outcomes = Mutex<[ProcessingOutcome]>([])
      fixture.store.obey(
        pausing(at: number) {
          while let (_, outcome) = try colleague.next(at: .now + 1000) { outcomes.withLock { $0.append(outcome) } }
        }
      )
      _ = try fixture.next()
      if outcomes.withLock({ $0.isEmpty }) { break }
      while try fixture.next(after: 2000) != nil {}
      #expect(try fixture.state(file) == (isClean ? .ready : .rejected), "call \(number)")
      let left = try fixture.store.memory.listVersions(ProcessingFixture.buckets.raw, prefix: "", after: nil, limit: 10)
        .items
      #expect(left.map(\.size) == (isClean ? [Int64(photo.count)] : []), "call \(number)")
      #expect(
        try fixture.processedKeys().sorted() == fixture.record(file).variants.map(\.objectKey).sorted(),
        "call \(number)"
      )
      #expect(try fixture.record(file).variants.count == (isClean ? 3 : 0))
      if isVersioned, isClean { #expect(try fixture.record(file).versionID == left[0].version.description) }
      try fixture.expectSettled(used: isClean ? photo.count : 0)
      number += 1
    }
    #expect(number >= 5)
  }

  @Test func `a worker that wakes after another one refused its file leaves no rendering`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    try fixture.makePrivate(file)
    let colleague = try fixture.colleague()
    let (scanner, processed) = (fixture.scanner, ProcessingFixture.buckets.processed)
    // Its scanner has loaded new signatures since. Every upload waits until it has refused the file.
    let hasRefused = Mutex(false)
    fixture.store.obey { call, _ in
      guard call.operation == .put else { return nil }
      try hasRefused.withLock { hasRefused in
        guard !hasRefused else { return }
        hasRefused = true
        scanner.say(.success(.infected(name: "Test")))
        _ = try colleague.next(at: .now + 1000)
      }
      return nil
    }
    #expect(try fixture.next() == .superseded)
    #expect(scanner.count == 2)
    #expect(try !fixture.store.memory.list(processed, prefix: "", after: nil, limit: 1).items.isEmpty)
    #expect(try fixture.next() == .discarded(versions: 3))
    #expect(try fixture.processedKeys().isEmpty && fixture.record(file).reason == .malware)
    try fixture.expectSettled(used: 0)
  }

  @Test func `a file deleted by its owner at any call of the work is not charged and not served`() throws {
    var number = 0
    while true {
      let fixture = try ProcessingFixture()
      let file = try fixture.upload()
      let (database, user) = (fixture.database, fixture.user)
      fixture.store.obey(pausing(at: number) { _ = try database.delete(file, of: user, at: .now) })
      let outcome = try fixture.next()
      let record = try fixture.record(file)
      guard record.state == .deleted else { break }
      if record.readyAt == nil {
        #expect(outcome == .superseded, "call \(number)")
        try fixture.settle(after: 2000)
        #expect(try fixture.versions(file).isEmpty && fixture.processedKeys().isEmpty && record.variants.isEmpty)
        #expect(try fixture.state(file) == .purged)
        try fixture.expectSettled(used: 0)
      } else {
        // The file was published before, so it can be restored and stays charged.
        try fixture.settle()
        try fixture.expectHidden(file)
        try fixture.expectSettled(used: try ProcessingFixture.photo.get().count)
      }
      number += 1
    }
    #expect(number >= 5)
  }

  @Test func `despite many failures every upload ends correctly, and the quota is exact`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let good = try (0..<12).map { _ in try fixture.upload(photo) }
    let wrong = try (0..<4).map { _ in try fixture.upload(Array(photo.dropLast()) + [0], .png) }
    let short = try (0..<4).map { _ in try fixture.claim(size: photo.count + 1) }
    for file in short { try fixture.put(photo, for: file) }
    fixture.store.obey { _, _ in
      switch Seeded.number(in: 0..<10) {
      case 0: .before(.unavailable(detail: "storm"))
      case 1: .after(.timeout(detail: "storm"))
      default: nil
      }
    }
    fixture.scanner.obey { _, _ in
      Seeded.number(in: 0..<5) == 0 ? .failure(.unavailable(detail: "storm")) : .success(.clean)
    }
    let processors = try (0..<4).map { _ in try fixture.colleague() }
    let clock = Date.now
    DispatchQueue.concurrentPerform(iterations: 5) { index in
      for turn in 1...40 {
        // Postponed jobs are due again in each turn; leases do not expire.
        let now = clock + Double(turn) * 10
        if index == 4 {
          _ = try? fixture.sweeper.sweep(at: now)
        } else {
          _ = try? processors[index].next(at: now)
        }
      }
    }
    fixture.store.obey(nil)
    fixture.scanner.say(.success(.clean))
    for turn in 0..<3 {
      _ = try fixture.sweeper.sweep(at: clock + 10_000 + Double(turn))
      while try fixture.next(after: 20_000) != nil {}
    }
    for file in good { #expect(try fixture.state(file) == .ready) }
    for file in wrong { #expect(try fixture.record(file).reason == .typeMismatch) }
    for file in short { #expect(try fixture.record(file).reason == .sizeMismatch) }
    let left = try fixture.store.memory.listVersions(ProcessingFixture.buckets.raw, prefix: "", after: nil, limit: 100)
      .items
    #expect(try Set(left.map(\.version.description)) == Set(good.compactMap { try fixture.record($0).versionID }))
    #expect(try fixture.processedKeys().count == 36)
    try fixture.expectSettled(used: 12 * photo.count)
  }
}
