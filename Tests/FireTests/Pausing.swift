import Foundation
import TestSupport
import Testing

/// Workers are paused during a job, another worker takes the job over, and they wake up during or after its work.
struct Pausing {
  private static let workers = 5

  private let fixture: FireFixture
  private let pauses: Int
  private let user: FireFixture.User

  init(_ fixture: FireFixture, pauses: Int) throws {
    self.fixture = fixture
    self.pauses = pauses
    user = try fixture.user()
  }

  func run() throws {
    let start = Date.now
    var uploads: [FireFixture.Upload] = []
    var slept = 0
    try fixture.withoutWorker {
      let sleepers = try (0..<Self.workers).map { _ in try StackProcess("worker", of: fixture.stack) }
      let other = try StackProcess("worker", of: fixture.stack)
      defer { for worker in sleepers + [other] { try? worker.kill() } }
      for worker in sleepers + [other] { try standStill(worker) }
      for batch in 0..<(pauses * 3) where slept < pauses {
        var asleep: Set<String> = []
        for sleeper in sleepers {
          uploads.append(try fixture.upload(payload(uploads.count), as: user))
          if let token = try fallAsleep(sleeper) { asleep.insert(token) }
        }
        if batch.isMultiple(of: 2) {
          try wakeAfterwards(sleepers, other, asleep, uploads)
        } else {
          try wakeAmidst(sleepers, other, uploads)
        }
        slept += asleep.count
        for worker in sleepers + [other] { try standStill(worker) }
      }
      for worker in sleepers + [other] { worker.goOn() }
      try fixture.audit(uploads)
    }
    #expect(slept >= pauses)
    print("\(slept) sleeps under a lease, \(uploads.count) uploads: \(Int(Date.now.timeIntervalSince(start))) s")
  }

  /// The other worker has finished everything when the paused ones wake up: no row changes any more.
  private func wakeAfterwards(
    _ sleepers: [StackProcess],
    _ other: StackProcess,
    _ asleep: Set<String>,
    _ uploads: [FireFixture.Upload]
  ) throws {
    other.goOn()
    try fixture.settle(uploads)
    #expect(try fixture.ledger.leases().isDisjoint(with: asleep))
    let before = try fixture.ledger.rows(uploads.map(\.id))
    for sleeper in shuffled(sleepers) {
      sleeper.goOn()
      usleep(UInt32(Seeded.number(in: 0..<100_000)))
    }
    // Whatever the woken workers still do must be done before the next check.
    sleep(1)
    try fixture.settle(uploads)
    #expect(try fixture.ledger.rows(uploads.map(\.id)) == before)
  }

  /// All workers continue at about the same time, after every lease has expired.
  private func wakeAmidst(_ sleepers: [StackProcess], _ other: StackProcess, _ uploads: [FireFixture.Upload]) throws {
    let lease = try #require(Double(fixture.stack.setting("STOWAGE_LEASE_SECONDS")))
    Thread.sleep(forTimeInterval: lease + 0.1)
    for worker in [other] + shuffled(sleepers) {
      worker.goOn()
      usleep(UInt32(Seeded.number(in: 0..<60_000)))
    }
    try fixture.settle(uploads)
    sleep(1)
    try fixture.settle(uploads)
  }

  private func shuffled(_ sleepers: [StackProcess]) -> [StackProcess] {
    var random = Seeded("sleepers \(Seeded.number(in: 0..<1000))")
    return sleepers.shuffled(using: &random)
  }

  private func payload(_ number: Int) throws -> Payload {
    number % 5 == 2 ? .infected(fixture.signature) : try .picture(number)
  }

  /// Lets the worker claim a job and pauses it at a random moment; returns the token of the lease that it holds.
  private func fallAsleep(_ worker: StackProcess) throws -> String? {
    let left = try fixture.ledger.leases()
    worker.goOn()
    var own: Set<String> = []
    try? until("a lease", within: 10) {
      own = try fixture.ledger.leases().subtracting(left)
      return !own.isEmpty
    }
    usleep(UInt32(Seeded.number(in: 0..<60_000)))
    try standStill(worker)
    return try fixture.ledger.leases().intersection(own).first
  }

  /// Pauses the worker, but not in the middle of a write: SQLite's lock would block every other process.
  private func standStill(_ worker: StackProcess) throws {
    try worker.pause()
    while try !fixture.ledger.isWritable() {
      worker.goOn()
      usleep(2_000)
      try worker.pause()
    }
  }
}
