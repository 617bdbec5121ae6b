public import Core
public import Database

/// The choices of a run that do not depend on the tree.
public struct RunSettings: Sendable {
  /// The identifier of the migration, which every record of a migrated file has.
  public var migration: String
  /// The group of users who may view the migrated images.
  public var visibility: Visibility
  /// The time at which workers check the files.
  public var processing: MigratedProcessing
  /// True if a run that was not stopped queues the checks of all files of its ledger that nobody has queued, at its end.
  public var queuesUnchecked: Bool
  /// How the owner of a file, and its path below the owner's folder, follow from its path.
  public var owner: OwnerRule
  /// True if owners without a record get one with the defaults.
  public var makesUsers: Bool
  /// The length above which a file is accepted though the scanner does not take it, in bytes; nil for never.
  public var unscannedOver: Int64?
  /// The number of threads that send files.
  public var threads: Int
  /// The speed of the run while users upload; nil for full speed.
  public var besideUploads: Pace?

  /// Creates settings: private images, checked as soon as no upload waits, for users who exist.
  public init(migration: String, threads: Int = SenderPool.usualThreads) {
    self.migration = migration
    visibility = .private
    processing = .now
    queuesUnchecked = true
    owner = .firstFolder
    makesUsers = false
    unscannedOver = nil
    self.threads = threads
    besideUploads = .besideUploads
  }
}

/// The result of a run.
public struct RunOutcome: Hashable, Sendable, Encodable {
  /// The files that arrived in this run, with the bytes of them.
  public var sent = LedgerTotal()
  /// The files that were in the bucket already, and are recorded now.
  public var present = 0
  /// The files that vanished from the disk.
  public var vanished = 0
  /// The files that failed; the ledger has the reasons.
  public var failed = 0
  /// The files that got a key by their identifier, since another object or file has the key of their path.
  public var rekeyed = 0
  /// The files that were sent again since the bucket had lost them, and that have other bytes than before.
  public var altered = 0
  /// The files that an owner or administrator deleted in Stowage; they stay deleted.
  public var deleted = 0
  /// The files that earlier runs had brought, and whose checks this run has queued.
  public var queued = 0
  /// The visibility of the run before, if this run has another one; files of earlier runs keep theirs.
  public var visibilityBefore: Visibility?
  /// True if the run was stopped before the last file.
  public var isStopped = false

  /// Creates an empty result.
  public init() {}
}
