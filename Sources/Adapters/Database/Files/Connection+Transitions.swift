internal import Core
internal import Foundation

/// The effect of a state transition on the quota bytes that the file holds.
enum Settlement {
  /// The file keeps its quota bytes.
  case keep
  /// The reservation is released.
  case release
  /// The reservation is reduced to this many bytes.
  case shrink(to: Int64)
  /// The reservation is released, and this many bytes are charged as used.
  case charge(Int64)
  /// The charge is released.
  case discharge

  /// Returns the quota bytes that a file holds afterwards if it holds `held` now.
  func bytes(of held: Int64) -> Int64 {
    switch self {
    case .keep: held
    case .release, .discharge: 0
    case .shrink(let size), .charge(let size): size
    }
  }
}

extension Connection {
  /// Runs the guarded transition `statement` on `file`, and adjusts the quota and the counters of its owner.
  ///
  /// Returns false and changes nothing if the guard fails.
  func transition(
    _ file: FileID,
    _ statement: some Statement,
    _ parameters: Parameters,
    settling settlement: Settlement
  ) throws -> Bool {
    let all = parameters.merging(["file": file.description]) { given, _ in given }
    guard let row = try first(statement, all) else { return false }
    let held = try row.integer("held_bytes")
    let user = try row.text("user_id")
    let former = try row.value("former") { FileState(rawValue: $0) }
    let state = try row.value("state") { FileState(rawValue: $0) }
    let left = settlement.bytes(of: held)
    if left != held { try run(FileStatement.setQuotaBytes, ["file": file.description, "held": left]) }
    try count(HoldingStatement.Move(from: former, to: state), of: user, from: held, to: left)
    return true
  }

  /// Moves a file that held `before` bytes and now holds `after` between the counters of `user`.
  func count(_ move: HoldingStatement.Move, of user: String, from before: Int64, to after: Int64) throws {
    guard move.from != move.to || before != after, let statement = HoldingStatement.all[move] else { return }
    var parameters: Parameters = ["user": user]
    if statement.usesLeaving { parameters["leaving"] = before }
    if statement.usesEntering { parameters["entering"] = after }
    try run(statement, parameters)
  }

  /// Makes exactly `variants` the current variants of the file.
  ///
  /// The table keeps the previous variants as not current, so that caches can be invalidated. A cache invalidation job
  /// is queued if a current key is not in `variants`. It is also queued if the visibility changed while the variants were
  /// stored, because its job moves them.
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
          "key": variant.key, "place": variant.place?.rawValue, "content_type": variant.type.contentType,
          "width": variant.width, "height": variant.height, "size": variant.size, "now": now.milliseconds,
        ]
      )
    }
    guard let row = try first(VariantStatement.visibility, ["file": file.description]) else { return }
    let place = try RenderingPlace(for: row.value("visibility") { Visibility(rawValue: $0) })
    if variants.contains(where: { $0.place != nil && $0.place != place }) {
      try run(JobStatement.invalidate, ["file": file.description, "now": now.milliseconds])
    }
  }

  /// Queues a job that processes `file` now, and ends the time of its multipart upload.
  ///
  /// The URLs of parts cannot create an object. The sweep therefore does not wait for the end of the 24 hours of a
  /// multipart upload.
  func endUpload(_ file: FileID, at now: Date) throws {
    try run(MultipartStatement.close, ["file": file.description, "now": now.milliseconds])
    try enqueue(.process, of: file, at: now)
  }

  /// Stores the job as `FileDatabase.enqueue` does; the job is due at `due`, or now if `due` is nil.
  func enqueue(_ kind: JobKind, of file: FileID, due: Int64? = nil, at now: Date) throws {
    let job: Parameters = ["kind": kind.rawValue, "file": file.description]
    let times: Parameters = ["due": due ?? now.milliseconds, "now": now.milliseconds]
    try run(JobStatement.enqueue, job.merging(times) { given, _ in given })
  }

  /// Deletes the file for its owner, and queues the jobs that remove it from caches and buckets.
  ///
  /// `deletion` is the recorded time of the deletion if it is another than `now`. Returns false if the file is unknown,
  /// belongs to another user, or is in a state that cannot change to `deleted`.
  func delete(_ file: FileID, of user: UserID, deletedAt deletion: Date? = nil, at now: Date) throws -> Bool {
    let owner: Parameters = ["user": user.description, "now": (deletion ?? now).milliseconds]
    if try transition(file, FileStatement.deleteUnserved, owner, settling: .release) {
      let cancelled = try run(JobStatement.cancel, ["file": file.description])
      try endUpload(file, at: now)
      // A worker with a lease may store objects until its lease ends, so one more job checks the buckets at that time.
      let leases = try cancelled.filter { try $0.text("state") == JobRecord.State.leased.rawValue }
      if let end = try leases.map({ try $0.integer("due_at") }).max() {
        try enqueue(.render, of: file, due: max(end, now.milliseconds), at: now)
      }
      return true
    }
    guard try transition(file, FileStatement.deleteKept, owner, settling: .keep) else { return false }
    try run(JobStatement.invalidate, ["file": file.description, "now": now.milliseconds])
    try enqueue(.process, of: file, at: now)
    try enqueue(.render, of: file, at: now)
    return true
  }

  /// Deletes the job, or queues the job again if it was enqueued during the lease.
  ///
  /// The order of the statements matters: `again` stays set as long as the lease token exists, so the second statement
  /// sees a request that arrives between the two.
  @discardableResult
  func endJob(_ job: LeasedJob, at now: Date) throws -> Bool {
    guard try returnsRow(JobStatement.remove, job.parameters) else { return try repeatJob(job, at: now) }
    if job.kind == .purge { try run(VariantStatement.forget, ["file": job.file.description]) }
    return true
  }

  /// Queues the job again if it was enqueued during the lease; returns false otherwise.
  func repeatJob(_ job: LeasedJob, at now: Date) throws -> Bool {
    try returnsRow(JobStatement.repeat, job.parameters.merging(["now": now.milliseconds]) { given, _ in given })
  }
}
