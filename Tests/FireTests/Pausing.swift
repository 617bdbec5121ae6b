import Foundation
import TestSupport
import Testing

/// Workers fall asleep with a job in hand, another does it, and they wake.
struct Pausing {
  private static let workers = 5

  private let ground: Ground
  private let pauses: Int
  private let user: Ground.User

  init(_ ground: Ground, pauses: Int) throws {
    self.ground = ground
    self.pauses = pauses
    user = try ground.user()
  }

  func run() throws {
    let start = Date.now
    var uploads: [Ground.Upload] = []
    var slept = 0
    try ground.withoutWorker {
      let sleepers = try (0..<Self.workers).map { _ in try WorkerProcess(ground.stack) }
      let other = try WorkerProcess(ground.stack)
      defer { for worker in sleepers + [other] { try? worker.kill() } }
      for worker in sleepers + [other] { try worker.pause() }
      for _ in 0..<(pauses * 3) where slept < pauses {
        var asleep: Set<String> = []
        for sleeper in sleepers {
          let upload = try ground.upload(payload(uploads.count), as: user)
          uploads.append(upload)
          if let token = try fallAsleep(sleeper) { asleep.insert(token) }
        }
        other.goOn()
        try ground.settle(uploads)
        #expect(try ground.ledger.leases().isDisjoint(with: asleep))
        slept += asleep.count
        let before = try ground.ledger.rows(uploads.map(\.id))
        for sleeper in sleepers.shuffled() {
          sleeper.goOn()
          usleep(UInt32.random(in: 0..<100_000))
        }
        // What they still do after they woke shall be done before the next look.
        usleep(300_000)
        try ground.settle(uploads)
        #expect(try ground.ledger.rows(uploads.map(\.id)) == before)
        for worker in sleepers + [other] { try standStill(worker) }
      }
      other.goOn()
      try ground.audit(uploads)
      for sleeper in sleepers { sleeper.goOn() }
    }
    #expect(slept >= pauses)
    print("\(slept) sleeps under a lease, \(uploads.count) uploads: \(Int(Date.now.timeIntervalSince(start))) s")
  }

  private func payload(_ number: Int) throws -> Payload {
    number % 5 == 2 ? .infected(ground.signature) : try .picture(number)
  }

  /// Lets the worker take a job and stops it at some moment of its work; returns the token of the lease that it sleeps on.
  private func fallAsleep(_ worker: WorkerProcess) throws -> String? {
    let left = try ground.ledger.leases()
    worker.goOn()
    var own: Set<String> = []
    try? until("a lease", within: 10) {
      own = try ground.ledger.leases().subtracting(left)
      return !own.isEmpty
    }
    usleep(UInt32.random(in: 0..<60_000))
    try standStill(worker)
    return try ground.ledger.leases().intersection(own).first
  }

  /// Stops the worker, but not in the middle of a write: SQLite's lock would stop everybody else.
  private func standStill(_ worker: WorkerProcess) throws {
    try worker.pause()
    while try !ground.ledger.isWritable() {
      worker.goOn()
      usleep(2_000)
      try worker.pause()
    }
  }
}
