internal import Core
internal import Foundation
internal import GRDB

/// What a transition does with what the file holds of its owner's quota.
enum Settlement {
  /// Nothing: it goes on holding it.
  case keep
  /// Gives the reservation back.
  case release
  /// Keeps this many bytes of the reservation, and gives the rest back.
  case shrink(to: Int64)
  /// Gives the reservation back and charges this many bytes.
  case charge(Int64)
  /// Gives back what was charged.
  case discharge
}

extension GRDB.Database {
  /// Runs the guarded transition `statement` on `file` and settles, or returns false and changes nothing.
  func transition(
    _ file: FileID,
    _ statement: FileStatement,
    _ parameters: Parameters,
    settling settlement: Settlement
  ) throws -> Bool {
    let all = parameters.merging(["file": file.description]) { given, _ in given }
    guard let row = try first(statement, all) else { return false }
    let held = try row.integer("held_bytes")
    let user = try row.text("user_id")
    switch settlement {
    case .keep: break
    case .release: try settle(file, of: user, reserved: -held, used: 0, holding: 0)
    case .shrink(let size): try settle(file, of: user, reserved: size - held, used: 0, holding: size)
    case .charge(let size): try settle(file, of: user, reserved: -held, used: size, holding: size)
    case .discharge: try settle(file, of: user, reserved: 0, used: -held, holding: 0)
    }
    return true
  }

  private func settle(_ file: FileID, of user: String, reserved: Int64, used: Int64, holding held: Int64) throws {
    try run(FileStatement.setQuotaBytes, ["file": file.description, "held": held])
    try run(UserStatement.settle, ["user": user, "reserved": reserved, "used": used])
  }

  /// Makes exactly `variants` the file's current ones; those of before stay known, not current, and leave the caches.
  func makeCurrent(_ variants: [Variant], of file: FileID, at now: Date) throws {
    let before = try run(VariantStatement.current, ["file": file.description]).map(Variant.init)
    if !Set(before.map(\.key)).isSubset(of: variants.map(\.key)) {
      try run(JobStatement.invalidate, ["file": file.description, "now": now.milliseconds])
    }
    try run(VariantStatement.retire, ["file": file.description])
    for variant in variants {
      try run(
        VariantStatement.store,
        [
          "file": file.description, "name": variant.name.description, "v": variant.version.description,
          "key": variant.key, "content_type": variant.type.contentType, "width": variant.width,
          "height": variant.height, "size": variant.size, "now": now.milliseconds,
        ]
      )
    }
  }

  /// Has a worker look at `file`, now.
  ///
  /// Of an upload in parts no URL can make an object, so nobody need look for one until its day is over.
  func endUpload(_ file: FileID, at now: Date) throws {
    try run(MultipartStatement.close, ["file": file.description, "now": now.milliseconds])
    try enqueue(.process, of: file, at: now)
  }

  /// Stores the job as `FileDatabase.enqueue` does, due at `due`, or now.
  func enqueue(_ kind: JobKind, of file: FileID, due: Int64? = nil, at now: Date) throws {
    let job: Parameters = ["kind": kind.rawValue, "file": file.description]
    let times: Parameters = ["due": due ?? now.milliseconds, "now": now.milliseconds]
    try run(JobStatement.enqueue, job.merging(times) { given, _ in given })
  }

  /// Takes the file away from its owner, and has workers take it out of caches and buckets; false where it is no longer
  /// there to be taken away.
  func delete(_ file: FileID, of user: UserID, at now: Date) throws -> Bool {
    let owner: Parameters = ["user": user.description, "now": now.milliseconds]
    if try transition(file, FileStatement.deleteUnserved, owner, settling: .release) {
      let cancelled = try run(JobStatement.cancel, ["file": file.description])
      try endUpload(file, at: now)
      // Whoever is at work may store something until its lease would have run out, so somebody looks once more then.
      let leases = try cancelled.filter { try $0.text("state") == JobRecord.State.leased.rawValue }
      if let end = try leases.map({ try $0.integer("due_at") }).max() {
        try enqueue(.render, of: file, due: max(end, now.milliseconds), at: now)
      }
      return true
    }
    guard try transition(file, FileStatement.deleteReady, owner, settling: .keep) else { return false }
    try run(JobStatement.invalidate, ["file": file.description, "now": now.milliseconds])
    try enqueue(.process, of: file, at: now)
    try enqueue(.render, of: file, at: now)
    return true
  }

  /// Removes the job, or queues it again for an event that came meanwhile.
  ///
  /// In this order: once `again` is set it stays while the token does, so an event between the two is seen by the second.
  @discardableResult
  func endJob(_ job: LeasedJob, at now: Date) throws -> Bool {
    guard try returnsRow(JobStatement.remove, job.parameters) else { return try repeatJob(job, at: now) }
    if job.kind == .purge { try run(VariantStatement.forget, ["file": job.file.description]) }
    return true
  }

  /// Queues the job afresh if an event came while it was leased.
  func repeatJob(_ job: LeasedJob, at now: Date) throws -> Bool {
    try returnsRow(JobStatement.repeat, job.parameters.merging(["now": now.milliseconds]) { given, _ in given })
  }
}
