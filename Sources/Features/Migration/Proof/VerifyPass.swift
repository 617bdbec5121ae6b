internal import Core
internal import Database
internal import Storage
internal import Synchronization

/// The passes of a comparison over the tree, the bucket's list and the ledger; one thread runs them.
struct VerifyPass {
  /// The number of unreadable folders that are remembered; with more, the comparison ends.
  private static let maximumUnread = 10_000

  private let verification: Verification
  private let crew: Crew<ProofTask, ProofResult>
  private let place: String
  /// The rows whose file is in the tree as recorded, or was removed by `stowage migrate prune`; without a folder, those that
  /// the last walk met.
  private(set) var inTree = RowSet()
  /// The rows whose file is in the tree with another length or time.
  private var changed = RowSet()
  /// The rows whose file in the source bucket has another entity tag than the object.
  private var suspected = RowSet()
  /// The rows that a page of the list decided.
  private var judged = RowSet()
  /// The rows whose key has a version besides the one that the migration stored.
  private var covered = RowSet()
  /// The folders and files that could not be read.
  private var unread: Set<[UInt8]> = []

  init(_ verification: Verification, _ crew: Crew<ProofTask, ProofResult>) {
    self.verification = verification
    self.crew = crew
    place = verification.source?.place ?? "on the disk"
  }

  // MARK: - The tree

  /// Compares lengths and times of the tree's files with the ledger.
  mutating func walk(_ source: VerifySource, progress: (Int) -> Void) throws(MigrationError) {
    switch source {
    case .folder(let root): try walk(root, progress)
    case .bucket(let bucket): try list(bucket, progress)
    }
  }

  private mutating func walk(_ root: TreeRoot, _ progress: (Int) -> Void) throws(MigrationError) {
    let walk = TreeWalk(root)
    var files: [SourceFile] = []
    var total = LedgerTotal()
    while let event = walk.next() {
      switch event {
      case .folder: break
      case .file(let entry):
        total.count(entry.facts.size)
        files.append(SourceFile(path: entry.path, facts: entry.facts))
      case .finding(let finding): try take(finding)
      }
      guard files.count >= Verification.batch else { continue }
      try meet(files)
      files = []
      progress(total.files)
      if verification.isEnding { return }
    }
    try meet(files)
    verification.disk.withLock { $0 = total }
  }

  /// Compares the list of the source bucket with the ledger, as a run does.
  private mutating func list(_ source: BucketSource, _ progress: (Int) -> Void) throws(MigrationError) {
    var total = LedgerTotal()
    var (trail, isMore) = (PageTrail(), true)
    while isMore, !verification.isEnding {
      let page: Page<ObjectSummary>
      do throws(StoreError) {
        page = try source.store.list(source.bucket, prefix: source.prefix, after: trail.token, limit: 1000)
        isMore = try trail.follow(page.next)
      } catch {
        throw .tree(.unreadable(reason: "the source \(source.bucket): \(error)"))
      }
      var files: [SourceFile] = []
      for item in page.items {
        // An object that cannot be a file stays in the source: the plan of a run lists it.
        guard case .file(let sighting) = source.place(of: item) else { continue }
        total.count(item.size)
        files.append(SourceFile(path: sighting.path, facts: sighting.facts, etag: item.etag.description))
      }
      try meet(files)
      progress(total.files)
    }
    verification.disk.withLock { $0 = total }
  }

  private mutating func meet(_ files: [SourceFile]) throws(MigrationError) {
    let glances = try MigrationError.recording { () throws(LedgerError) in
      try verification.ledger.glances(files.map { ($0.path, $0.facts) })
    }
    for (file, glance) in zip(files, glances) {
      if let glance {
        if glance.isSame { inTree.insert(glance.id) } else { changed.insert(glance.id) }
        if let etag = file.etag, let other = glance.etag, Self.differ(etag, other) { suspected.insert(glance.id) }
      } else {
        settle(file.path, .missing, "the ledger does not have it: the next run sends it")
      }
    }
  }

  /// True if two entity tags tell that the bytes may differ; the tag of an object in parts depends on the parts.
  private static func differ(_ first: String, _ second: String) -> Bool {
    first != second && !first.contains("-") && !second.contains("-")
  }

  private mutating func take(_ finding: TreeFinding) throws(MigrationError) {
    switch finding.kind {
    case .special, .mountPoint, .vanished: return
    case .unreadableFolder, .unreadableFile, .loop, .tooDeep: break
    }
    guard unread.count < Self.maximumUnread else {
      throw .tree(.unreadable(reason: "more than \(Self.maximumUnread) folders and files"))
    }
    unread.insert(finding.path)
    settle(finding.path, .error, "it cannot be read\(finding.detail.isEmpty ? "" : ": \(finding.detail)")")
  }

  private func settle(_ path: [UInt8], _ sign: ProofSign, _ reason: String) {
    crew.settle(ProofResult(path: path, sign, reason))
  }

  // MARK: - The bucket

  /// Compares each version in the bucket's list with ledger and database.
  mutating func compareListed(_ listing: BucketListing) throws(MigrationError) {
    while !verification.isEnding {
      let page: [VersionSummary]?
      do throws(SendFailure) {
        page = try listing.next()
      } catch {
        if error == .stopped { return }
        throw .store(error)
      }
      guard let page else { return }
      try compare(page.filter { !$0.isDeleteMarker })
    }
  }

  private mutating func compare(_ versions: [VersionSummary]) throws(MigrationError) {
    let keys = versions.map(\.key)
    let rows = try MigrationError.recording { () throws(LedgerError) in try verification.ledger.rows(withKeys: keys) }
    var listed: [(LedgerRow, VersionSummary)] = []
    var unknown: [VersionSummary] = []
    for (version, row) in zip(versions, rows) {
      guard let row else {
        unknown.append(version)
        continue
      }
      guard row.state.isDelivered, let proof = row.proof else { continue }
      let isPinned = proof.version.map { $0 == version.version.description } ?? version.isLatest
      if isPinned { listed.append((row, version)) } else { covered.insert(row.id) }
    }
    verification.objects.withLock { total in for version in versions { total.count(version.size) } }
    try pass(listed)
    let strangers = unknown.map(\.key)
    let holders = try MigrationError.storing { () throws(StorageError) in
      try verification.database.holders(ofRawObjects: strangers)
    }
    for (version, holder) in zip(unknown, holders) where holder == nil {
      settle(Array(version.key.utf8), .extra, "no record knows this object of \(Wording.bytes(version.size))")
    }
  }

  // MARK: - The ledger

  /// Compares the rows that the list did not show.
  mutating func compareRest() throws(MigrationError) {
    var last: Int64 = 0
    while !verification.isEnding {
      let after = last
      let ids = try MigrationError.recording { () throws(LedgerError) in
        try verification.ledger.ids(after: after, limit: 10 * Verification.batch)
      }
      guard let end = ids.last else { break }
      last = end
      let both = ids.filter { judged.contains($0) && covered.contains($0) }
      for group in ids.filter({ !judged.contains($0) }).chunked(Verification.batch) {
        let rows = try MigrationError.recording { () throws(LedgerError) in try verification.ledger.rows(group) }
        try pass(rows.map { ($0, nil) })
      }
      for group in both.chunked(Verification.batch) {
        let rows = try MigrationError.recording { () throws(LedgerError) in try verification.ledger.rows(group) }
        for row in rows {
          settle(row.path, .extra, "the key has another version besides the one that the migration stored")
        }
      }
    }
  }

  /// Settles rows for which nothing more is to be asked, and gives all others to the threads.
  private mutating func pass(_ rows: [(row: LedgerRow, version: VersionSummary?)]) throws(MigrationError) {
    let records = try MigrationError.storing { () throws(StorageError) in
      try verification.database.migratedFacts(of: rows.map(\.row.file))
    }
    for ((row, version), record) in zip(rows, records) {
      guard judged.insert(row.id) else { continue }
      let disk = disk(of: row)
      if disk == .removed || disk == .unknown { inTree.insert(row.id) }
      let hashes = disk == .same && (verification.settings.hashesDisk || suspected.contains(row.id))
      let task = ProofTask(
        row: row,
        disk: disk,
        record: record,
        listed: version,
        reads: isRead(),
        hashes: hashes,
        place: place
      )
      if let result = task.early {
        crew.settle(result)
      } else if let verdict = fromList(task) {
        crew.settle(task.result(verdict))
      } else if !crew.add(task) {
        return
      }
    }
  }

  /// Returns the verdict if the list decides alone.
  private func fromList(_ task: ProofTask) -> ObjectVerdict? {
    guard !task.reads, !task.hashes, let proof = task.row.proof else {
      return nil
    }
    return task.listed.flatMap { verification.prover.verdict($0, size: task.row.facts.size, proof) }
  }

  private func isRead() -> Bool {
    switch verification.settings.readBack {
    case .none: false
    case .whole: true
    case .sample(let part): Double.random(in: 0..<1) < part
    }
  }

  private func disk(of row: LedgerRow) -> DiskState {
    if inTree.contains(row.id) { return .same }
    if changed.contains(row.id) { return .changed }
    if isUnread(row.path) { return .unread }
    if row.removedAt != nil { return .removed }
    return verification.source != nil || row.missingSince != nil ? .gone : .unknown
  }

  /// True if the file, or a folder above it, could not be read.
  private func isUnread(_ path: [UInt8]) -> Bool {
    guard !unread.isEmpty else { return false }
    return unread.contains([]) || unread.contains(path)
      || path.indices.contains { path[$0] == UInt8(ascii: "/") && unread.contains(Array(path[..<$0])) }
  }
}

extension Array {
  /// Returns the elements in groups of up to `size`.
  fileprivate func chunked(_ size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
