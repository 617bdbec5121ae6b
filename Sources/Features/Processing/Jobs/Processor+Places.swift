import Core
import Database
import Storage

extension Processor {
  /// Moves the renderings of a ready file to the place of its visibility, and returns their number.
  ///
  /// Reads the file again until its visibility stays the same, and then deletes what lies at the other place.
  func settlePlaces(of id: FileID, _ job: LeasedJob) throws(JobError) -> Int {
    var moved = 0
    for _ in 0..<Self.turns {
      guard let file = try current(id), file.isMisplaced else { break }
      moved += try move(file, job)
    }
    try tidyPlaces(of: id)
    return moved
  }

  /// The number of times that a file is moved in one job; further changes of its visibility queue further jobs.
  private static let turns = 3

  /// Copies, records and then deletes each rendering, so there is an object behind every record.
  ///
  /// Ends if the visibility changes meanwhile. A rendering whose object is missing is recorded too; it is rendered again
  /// when somebody asks for it.
  private func move(_ file: FileRecord, _ job: LeasedJob) throws(JobError) -> Int {
    let place = RenderingPlace(for: file.visibility)
    let bucket = dependencies.buckets.processed
    var moved = 0
    for variant in file.variants where variant.place != place {
      try JobError.ifOutOfReach { () throws(StoreError) in
        do throws(StoreError) {
          let source = CopySource(variant.objectKey, in: bucket)
          _ = try dependencies.store.copy(source, to: place.key(of: variant.key), in: bucket)
        } catch {
          guard case .notFound = error else { throw error }
        }
      }
      let isChanged = try JobError.ifOutOfReach { () throws(StorageError) in
        try dependencies.database.relocate(variant, to: place, while: file.visibility, under: job)
      }
      guard isChanged else { break }
      try JobError.ifOutOfReach { () throws(StoreError) in
        try dependencies.store.delete(variant.objectKey, in: bucket)
      }
      moved += 1
    }
    return moved
  }

  /// Deletes the objects of the file at the place that is not that of its visibility, except those that a record names.
  ///
  /// A worker that was killed, or whose file changed meanwhile, can have left copies there. If the file is not ready, this
  /// is the place where a CDN may read. With `ifJudged`, does nothing for a file that another worker may be about to publish.
  func tidyPlaces(of id: FileID, ifJudged isJudged: Bool = false) throws(JobError) {
    guard let file = try current(id), !isJudged || ![.pending, .received].contains(file.state) else { return }
    let isOpen = file.state == .ready && file.visibility == .public
    let other: RenderingPlace = isOpen ? .guarded : .open
    let named = Set(file.state == .ready ? file.variants.map(\.objectKey) : [])
    _ = try remove(from: dependencies.buckets.processed, below: other.prefix(of: file.id, of: file.user)) {
      !named.contains($0.key)
    }
  }

  private func current(_ id: FileID) throws(JobError) -> FileRecord? {
    try JobError.ifOutOfReach { () throws(StorageError) in try dependencies.database.file(id) }
  }

  /// Deletes all renderings of the file, at every place, and returns their number.
  func removeRenderings(of file: FileRecord) throws(JobError) -> Int {
    var count = 0
    for place in RenderingPlace.allCases {
      count += try remove(
        from: dependencies.buckets.processed,
        below: place.prefix(of: file.id, of: file.user)
      ) { _ in true }
    }
    return try count
      + remove(from: dependencies.buckets.processed, below: file.folder) { $0.hasNoPlace(of: file.user, file.id) }
  }
}

extension VersionSummary {
  /// True if the object can be a rendering of the user, and of the file unless it is nil, under a key of an earlier version.
  ///
  /// For a user with the name `images`, the prefix of such keys is that of all public renderings.
  func hasNoPlace(of user: UserID, _ file: FileID? = nil) -> Bool {
    guard let key = RenderingKey(key) else { return RenderingPlace(rawValue: user.written) == nil }
    return key.place == nil && key.user == user && (file == nil || key.file == file)
  }
}

extension FileRecord {
  /// True if a rendering of the ready file is not at the place of the file's visibility.
  var isMisplaced: Bool {
    state == .ready && variants.contains { $0.place != RenderingPlace(for: visibility) }
  }
}
