import Foundation
import Synchronization
import TestSupport
import Testing

/// Uploads continue while the worker is killed again and again at random moments.
struct Killing: Sendable {
  private let fixture: FireFixture
  private let kills: Int
  private let count: Int
  private let users: [FireFixture.User]
  private let progress = Progress()

  private final class Progress: Sendable {
    let kills = Atomic(0)
    let next = Atomic(0)
    let uploads = Mutex<[FireFixture.Upload]>([])
  }

  init(_ fixture: FireFixture, kills: Int, uploads: Int) throws {
    self.fixture = fixture
    self.kills = kills
    count = uploads
    users = try (0..<4).map { _ in try fixture.user() }
  }

  func run() throws {
    let start = Date.now
    var held = 0
    try fixture.withoutWorker {
      let uploading = Uploading { [self] in try upload() }
      defer { uploading.stop() }
      held = try killAll()
      try uploading.finish()
      let worker = try StackProcess("worker", of: fixture.stack)
      defer { try? worker.kill() }
      let uploads = progress.uploads.withLock { $0 }
      #expect(uploads.count == count)
      try fixture.audit(uploads)
      try until("no decoder outlives its worker", within: 60) { try haveDecodersParents() }
    }
    let made = progress.kills.load(ordering: .relaxed)
    #expect(made >= kills && held >= kills * 4 / 5)
    print("\(made) kills, \(held) of them under a lease, \(count) uploads: \(Int(Date.now.timeIntervalSince(start))) s")
  }

  /// Makes the next upload when its turn has come; returns false if none is left.
  private func upload() throws -> Bool {
    let number = progress.next.wrappingAdd(1, ordering: .relaxed).oldValue
    guard number < count else { return false }
    // Uploads keep pace with the kills, so that every kill happens during some of them.
    while number > 12 + progress.kills.load(ordering: .relaxed) * count / kills { usleep(5_000) }
    let payload = try Payload.mixed(number, signature: fixture.signature)
    let upload = try fixture.upload(payload, as: users[number % users.count])
    progress.uploads.withLock { $0.append(upload) }
    return true
  }

  /// Kills workers; returns the number of kills that hit a worker with a lease: the same token was in the row before
  /// and after.
  private func killAll() throws -> Int {
    var held = 0
    while progress.kills.load(ordering: .relaxed) < kills || held < kills * 4 / 5 {
      try #require(progress.kills.load(ordering: .relaxed) < kills * 2, "\(held) kills under a lease")
      let left = try fixture.ledger.leases()
      let worker = try StackProcess("worker", of: fixture.stack)
      var own: Set<String> = []
      let isWorking = { () throws -> Bool in
        own = try fixture.ledger.leases().subtracting(left)
        return !own.isEmpty
      }
      try until("a lease", within: 60, isWorking)
      usleep(UInt32(Seeded.number(in: 0..<150_000)))
      try? until("a lease", within: 0.3, isWorking)
      try worker.kill()
      if try !fixture.ledger.leases().isDisjoint(with: own) { held += 1 }
      progress.kills.wrappingAdd(1, ordering: .relaxed)
    }
    return held
  }

  /// True if there are decoders of this stack, and each is a child of a worker or an image process.
  private func haveDecodersParents() throws -> Bool {
    let decoder = try fixture.stack.setting("STOWAGE_DECODER")
    let listing = String(decoding: try TestSupport.run("ps", ["-eo", "pid=,ppid=,comm=,args="]), as: UTF8.self)
    let lines = listing.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 3) }.filter { $0.count == 4 }
    let names = Dictionary(lines.map { ($0[0], $0[2]) }) { $1 }
    let parents = lines.filter { $0[3].trimmingCharacters(in: .whitespaces).hasPrefix(decoder + " ") }
      .map { names[$0[1]] ?? "none" }
    return !parents.isEmpty && parents.allSatisfy { ["worker", "image"].contains($0) }
  }
}

/// Threads that repeat one operation until it returns false.
final class Uploading: @unchecked Sendable {
  private let group = DispatchGroup()
  private let lock = NSLock()
  private var isStopped = false
  private var failure: (any Error)?

  init(threads: Int = 4, _ step: @escaping @Sendable () throws -> Bool) {
    for _ in 0..<threads {
      group.enter()
      Thread.detachNewThread { [self] in
        do {
          while isWanted, try step() {}
        } catch {
          lock.withLock { failure = error }
        }
        group.leave()
      }
    }
  }

  private var isWanted: Bool { lock.withLock { !isStopped && failure == nil } }

  /// Waits for all threads; throws the first error.
  func finish() throws {
    group.wait()
    if let failure = lock.withLock({ failure }) { throw failure }
  }

  /// Ends all threads after their current operation.
  func stop() { lock.withLock { isStopped = true } }
}
