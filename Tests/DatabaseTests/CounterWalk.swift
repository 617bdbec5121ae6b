import Core
import Database
import Foundation
import Synchronization
import TestSupport

/// Makes random transitions of uploads and migrated files of a few users, at times that jump, and notes what moved.
final class CounterWalk: Sendable {
  private let users: [UserID]
  private let files = Mutex<[(file: FileID, user: UserID)]>([])
  private let noted = Mutex<Set<String>>([])

  init(_ users: [UserID]) { self.users = users }

  /// The moves that were seen, such as `pending received`; with several threads a move can be noted as a longer one.
  var moves: Set<String> { noted.withLock { $0 } }

  func step(on database: FileDatabase, using random: inout Seeded) throws {
    let now = DatabaseFixture.epoch + Double.random(in: 0...3000, using: &random)
    let recent = files.withLock { $0.suffix(8) }
    guard Int.random(in: 0..<8, using: &random) > 0, let (file, user) = recent.randomElement(using: &random) else {
      return try begin(on: database, at: now, using: &random)
    }
    let before = try database.file(file)?.state
    if let before, [.purged, .expired, .aborted].contains(before), Bool.random(using: &random) {
      try erase(file, database, at: now)
    } else if Bool.random(using: &random) {
      try work(on: file, of: user, database, at: now, using: &random)
    } else {
      try move(file, of: user, database, at: now, using: &random)
    }
    let after = try database.file(file)?.state
    guard let before, before != after else { return }
    _ = noted.withLock { $0.insert("\(before.rawValue) \(after?.rawValue ?? "gone")") }
  }

  private func begin(on database: FileDatabase, at now: Date, using random: inout Seeded) throws {
    guard let user = users.randomElement(using: &random) else { return }
    let size = Int64.random(in: 2...400, using: &random)
    if Bool.random(using: &random) {
      let new = try migrated("old \(UInt64.random(in: 0...(.max), using: &random))", of: user, size: size)
      guard try database.beginMigratedFiles([new], at: now) == [.done] else { return }
      files.withLock { $0.append((new.id, user)) }
    } else {
      let upload = try newUpload(user, size: size, at: now)
      let isLimit = Bool.random(using: &random)
      let limited = NewUpload(
        key: upload.key,
        claim: upload.claim,
        expiresAt: upload.expiresAt,
        partSize: isLimit ? 5 : nil,
        leastBytes: isLimit ? 1 : nil
      )
      switch try database.reserve(limited, maximumOpen: Bool.random(using: &random) ? 8 : 0, at: now) {
      case .reserved, .limited: files.withLock { $0.append((upload.key.file, user)) }
      case .noRoom, .tooMany: break
      }
    }
  }

  private func move(
    _ file: FileID,
    of user: UserID,
    _ database: FileDatabase,
    at now: Date,
    using random: inout Seeded
  ) throws {
    switch Int.random(in: 0..<12, using: &random) {
    case 0: _ = try database.receive(file, at: now)
    case 1: _ = try database.expire(file, expiredBy: now)
    case 2: _ = try database.abort(file, of: user, removingAt: now)
    case 3: _ = try database.delete(file, of: user, at: now)
    case 4: _ = try database.delete([file], of: user, permanently: Bool.random(using: &random), at: now)
    case 5, 6: _ = try database.restore(file, of: user, variants: [], deletedAfter: now - 500, at: now)
    case 7: _ = try database.beginPurge(file, deletedBy: now, at: now)
    case 8: _ = try database.finishPurge(file)
    case 9: _ = try database.measure(file, size: .random(in: 1...300, using: &random))
    case 10: _ = try database.releaseFromQuarantine(file, at: now)
    default: _ = try database.abandonMigratedFiles([file], at: now)
    }
  }

  /// Ends the jobs of the file, as workers would, and erases its row if its state permits that.
  private func erase(_ file: FileID, _ database: FileDatabase, at now: Date) throws {
    for kind in JobKind.allCases {
      guard let job = try database.leaseJob(kind, of: file, seconds: 10, at: now + 10_000) else { continue }
      _ = try database.finish(job, at: now + 10_000)
    }
    _ = try database.erase([file])
  }

  private func work(
    on file: FileID,
    of user: UserID,
    _ database: FileDatabase,
    at now: Date,
    using random: inout Seeded
  ) throws {
    let size = Int64.random(in: 1...400, using: &random)
    let object = try MigratedObject(file: file, sha256: digest(), size: size, versionID: "v1")
    _ = try database.receive(file, at: now)
    _ = try database.receiveMigratedFiles([object], processing: .now, at: now)
    _ = try database.enqueue(for: [file], at: DatabaseFixture.epoch)
    guard let job = try database.leaseJob(.process, of: file, seconds: 500, at: now) else { return }
    let end = now + .random(in: 0...400, using: &random)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: _ = try database.reject(.unreadable, under: job, at: end)
    case 1: _ = try database.quarantine(.malware, size: size, sha256: digest(), under: job, at: end)
    case 2: _ = try database.publish(publication(of: file, user, size: size), under: job, at: end)
    default: break
    }
    _ = try database.finish(job, at: end)
  }
}
