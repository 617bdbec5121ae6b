import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Usage

@Suite struct UsageWalkTests {
  let fixture: UsageFixture

  init() throws { fixture = try UsageFixture() }

  private var store: FaultyStore { fixture.store }
  private let ann = "0190163d-8694-739b-aea5-966c26f8ad91"

  /// Fills the buckets with objects, versions and markers in a random order.
  private func fill(_ count: Int, seed: String) throws {
    var random = Seeded(seed)
    for _ in 0..<count {
      let bucket = fixture.buckets.all.randomElement(using: &random) ?? "raw"
      let key = "u\(Int.random(in: 0..<9, using: &random))/k\(Int.random(in: 0..<count / 4, using: &random))"
      if Int.random(in: 0..<5, using: &random) == 0 {
        try store.delete(key, in: bucket)
      } else {
        try fixture.put(key, Int.random(in: 0..<50, using: &random), in: bucket)
      }
    }
  }

  @Test func `every kind is counted once, with its user, class and bytes`() throws {
    let raw = "ann/\(ann)/original.jpg"
    try fixture.addFile(raw, of: "ann", tagged: true)
    try fixture.addFile("bob/old/virus.exe", of: "bob", state: "quarantined")
    try fixture.put(raw, 3)
    fixture.clock.now += 3 * 86_400
    try fixture.put(raw, 200_000)
    try fixture.put("bob/old/virus.exe", 7)
    try fixture.put("bob/stray", 11)
    try fixture.put("gone", 13)
    try store.delete("gone", in: "raw")
    try fixture.put("images/ann/\(ann)/aaaaaaaaaaaa/thumb.webp", 17, in: "processed")
    try fixture.put("favicon.ico", 19, in: "processed")
    try fixture.put("2027/db", 23, in: "backups")
    try fixture.put("log", 29, in: "logs")
    try store.memory.move(raw, to: "GLACIER", in: "raw")
    guard case .whole(let collection) = try fixture.collect() else { throw Unexpected("not whole") }
    #expect(
      try fixture.sums() == [
        "raw current GLACIER": [1, 200_000], "raw noncurrent STANDARD": [2, 16], "raw quarantined STANDARD": [1, 7],
        "raw unknown STANDARD": [1, 11], "raw marker STANDARD": [1, 0], "processed variant STANDARD": [1, 17],
        "processed unknown STANDARD": [1, 19], "backups current STANDARD": [1, 23], "logs current STANDARD": [1, 29],
      ]
    )
    #expect(collection.entries == 10 && collection.bytes == 200_122)
    let users = try fixture.database.usageOfUsers(largest: 9)
    #expect(users.map(\.user.description) == ["ann", "bob"] && users.map(\.bytes) == [200_020, 7])
    #expect(users.map(\.objects) == [3, 1])
    let cohorts = try fixture.database.usageCohorts()
    let tagged = cohorts.filter(\.isTagged)
    #expect(tagged.map(\.bytes).sorted() == [3, 200_000] && tagged.map(\.smallBytes).sorted() == [0, 3])
    // The older version became noncurrent on the day of the newer one.
    #expect(Set(tagged.map(\.day)) == [UsageFixture.epoch.day + 3])
  }

  @Test(arguments: [1, 2, 7, 1000])
  func `pages of any size give the true sums`(pageSize: Int) throws {
    try fill(300, seed: "usage pages")
    _ = try fixture.collect(fixture.collector(pageSize: pageSize))
    #expect(try fixture.sums() == fixture.truth())
  }

  @Test func `a collection that is stopped after each page goes on, and counts nothing twice`() throws {
    try fill(200, seed: "usage stops")
    var stops = 0
    while true {
      var pages = 0
      let outcome = try fixture.collect(
        fixture.collector(pageSize: 7),
        while: { pages < 1 },
        progress: { _ in pages += 1 }
      )
      if case .whole = outcome { break }
      guard case .stopped = outcome, stops < 500 else { throw Unexpected("\(outcome)") }
      stops += 1
      #expect(try fixture.database.usageCounts().isEmpty)
    }
    #expect(stops > 30)
    #expect(try fixture.sums() == fixture.truth())
  }

  @Test func `a store that fails at every third call delays the collection, and does not change it`() throws {
    try fill(200, seed: "usage faults")
    store.obey { _, number in number % 3 == 2 ? .after(.unavailable(detail: "down")) : nil }
    var failures = 0
    while failures < 500 {
      do {
        guard case .whole = try fixture.collect(fixture.collector(pageSize: 5)) else { throw Unexpected("not whole") }
        break
      } catch let error as StorageError {
        guard case .unavailable = error else { throw error }
        failures += 1
      }
    }
    #expect(failures > 5)
    store.obey(nil)
    #expect(try fixture.sums() == fixture.truth())
  }

  @Test func `buckets that change while they are walked count each version at most once`() throws {
    try fill(200, seed: "usage changes")
    var random = Seeded("usage changes while walked")
    let memory = store.memory
    var made = Int64(0)
    for bucket in fixture.buckets.all {
      made += Int64(try memory.listVersions(bucket, prefix: "", after: nil, limit: 1000).items.count)
    }
    let changed = try fixture.collect(
      fixture.collector(pageSize: 5),
      progress: { _ in
        let bucket = fixture.buckets.all.randomElement(using: &random) ?? "raw"
        for _ in 0..<4 {
          let lines = (try? memory.listVersions(bucket, prefix: "", after: nil, limit: 1000).items) ?? []
          if let line = lines.randomElement(using: &random), Bool.random(using: &random) {
            try? memory.delete(line.key, in: bucket, version: line.version)
          } else {
            made += 1
            _ = try? memory.put(.bytes([1]), to: "u\(Int.random(in: 0..<9, using: &random))/k1", in: bucket)
          }
        }
      }
    )
    guard case .whole(let collection) = changed else { throw Unexpected("\(changed)") }
    #expect(collection.entries > 0 && collection.entries <= made)
    #expect(try fixture.database.usageCounts().map(\.objects).reduce(0, +) == collection.entries)
  }

  @Test func `the version at which a page ended may vanish: the listing goes on behind its key`() throws {
    for number in 0..<10 { try fixture.put("k\(number)", 1) }
    var isDone = false
    let memory = store.memory
    _ = try fixture.collect(
      fixture.collector(pageSize: 4),
      progress: { progress in
        guard progress.entries == 4, !isDone else { return }
        isDone = true
        let line = try? memory.versions(of: "k3", in: "raw").first
        try? memory.delete("k3", in: "raw", version: line?.version)
      }
    )
    #expect(isDone)
    #expect(try fixture.sums() == ["raw unknown STANDARD": [10, 10]])
  }

  @Test func `a bucket that does not exist is empty, and one that refuses ends the attempt with its name`() throws {
    try fixture.put("db", 5, in: "backups")
    try store.deleteBucket("logs")
    guard case .whole = try fixture.collect() else { throw Unexpected("not whole") }
    #expect(try fixture.sums() == ["backups current STANDARD": [1, 5]])
    store.obey { call, _ in
      call.operation == .listVersions ? .before(.accessDenied(detail: "no s3:ListBucketVersions")) : nil
    }
    #expect(throws: StorageError.unavailable(detail: "bucket raw: access denied: no s3:ListBucketVersions")) {
      try fixture.collect()
    }
    #expect(try fixture.sums() == ["backups current STANDARD": [1, 5]])
  }

  @Test func `incomplete uploads count with the bytes of their parts, old ones apart`() throws {
    func begin(_ key: String, _ parts: Int, in bucket: String = "raw") throws -> UploadID {
      let upload = try store.createMultipartUpload(key, in: bucket)
      for part in 0..<parts {
        _ = try store.uploadPart(.bytes([1, 2, 3]), number: part + 1, to: key, in: bucket, upload: upload)
      }
      return upload
    }
    _ = try begin("ann/\(ann)/original.jpg", 3)
    fixture.clock.now += 8 * 86_400
    for number in 0..<7 { _ = try begin("k\(number)", 1) }
    let aborted = try begin("z", 2)
    _ = try begin("b", 2, in: "backups")
    let memory = store.memory
    store.obey { call, _ in
      if call.operation == .listParts, call.key == "k0" { try memory.abortMultipartUpload(aborted, to: "z", in: "raw") }
      return nil
    }
    _ = try fixture.collect(fixture.collector(uploads: 5))
    #expect(
      try fixture.sums() == [
        "raw stale-multipart STANDARD": [1, 9], "raw multipart STANDARD": [7, 21],
        "backups multipart STANDARD": [1, 6],
      ]
    )
    #expect(try fixture.database.usageOfUsers(largest: 9).map(\.bytes) == [9])
  }

  @Test func `a second collector is told who works, and takes over from a process that has ended`() throws {
    for number in 0..<10 { try fixture.put("k\(number)", 1) }
    var second: UsageCollector.Outcome?
    _ = try fixture.collect(
      fixture.collector(pageSize: 4),
      as: "first",
      progress: { _ in second = second ?? (try? fixture.collect(as: "second")) }
    )
    guard case .held(let holder) = second else { throw Unexpected("\(String(describing: second))") }
    #expect(holder.name.hasPrefix("first, process \(getpid()) on "))
    // A process with a number that no process has: the largest possible one and one more.
    let ended = CollectorName("first", process: 4_194_305)
    let claim = try fixture.database.claimUsage(for: "\(ended)", every: 0, seconds: 600, at: fixture.clock.now)
    guard case .claimed = claim else { throw Unexpected("\(claim)") }
    guard case .whole = try fixture.collect() else { throw Unexpected("not taken over") }
    let other = CollectorName("first", process: 4_194_305, host: "another.example")
    _ = try fixture.database.claimUsage(for: "\(other)", every: 0, seconds: 600, at: fixture.clock.now)
    guard case .held = try fixture.collect() else { throw Unexpected("taken from another machine") }
  }

  @Test func `a collection that was interrupted for a week begins again`() throws {
    for number in 0..<10 { try fixture.put("k\(number)", 1) }
    var pages = 0
    _ = try fixture.collect(fixture.collector(pageSize: 4), while: { pages < 2 }, progress: { _ in pages += 1 })
    fixture.clock.now += 8 * 86_400
    guard case .whole(let collection) = try fixture.collect() else { throw Unexpected("not whole") }
    #expect(collection.beganAt == fixture.clock.now && collection.entries == 10)
  }

  @Test(arguments: [FaultyStore.Operation.listVersions, .listUploads])
  func `a store that answers every page with its first one ends the collection, and nothing of it is shown`(
    _ operation: FaultyStore.Operation
  ) throws {
    for number in 0..<10 {
      try fixture.put("k\(number)", 1)
      _ = try store.createMultipartUpload("u\(number)", in: "raw")
    }
    let (pageSize, uploads) = operation == .listVersions ? (4, 1000) : (1000, 4)
    store.forgetTokens()
    let problem = #expect(throws: StorageError.self) {
      try fixture.collect(fixture.collector(pageSize: pageSize, uploads: uploads))
    }
    #expect("\(try #require(problem))".contains("repeats a page"))
    #expect(store.calls.filter { $0.operation == operation }.count <= 4)
    #expect(try fixture.sums().isEmpty)
  }
}
