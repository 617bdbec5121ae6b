import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Migration
import S3
import Storage

extension Migrate {
  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sends every file that the bucket does not have yet.",
      discussion: """
        The command walks the folder, records every file in the ledger, and sends the files that are new, that changed, or \
        that failed before. Ctrl-C finishes the files under way; the next run continues. Files are never written, moved \
        or deleted on the disk.

        Every run takes only what changed since the last one, by length and time. A changed file becomes a new file, which \
        takes the place of the old one as soon as it has passed the checks; the old one can be restored for 30 days. A file \
        that was deleted in Stowage does not come back.

        Exit status: 0 every file arrived; 1 a file failed, the folder has no files, nothing was deleted though --deleted \
        trash was given, or the run could not begin (the text says why); 64 wrong usage; 78 the configuration is not \
        usable; 130 stopped by Ctrl-C or SIGTERM.

        Examples:
          stowage migrate run /uploads --dry-run
          stowage migrate run /uploads --create-users --bandwidth 50MB/s
          stowage migrate run /srv/files --user-from '{shard}/{user}/**'
          stowage migrate run /uploads --process 22:00
          stowage migrate run /uploads --delta --checksum --deleted trash
          STOWAGE_SOURCE_ACCESS_KEY=… STOWAGE_SOURCE_SECRET_KEY=… \
            stowage migrate run s3://old-uploads --source-url https://s3.example.com
        """
    )

    @OptionGroup var place: LedgerOptions

    @OptionGroup var source: SourceOptions

    @Flag(help: "Counts, and lists what will not fit and what will be done about it; sends nothing.")
    var dryRun = false

    @Flag(help: "Only continues a migration: there must be a ledger.")
    var delta = false

    @Flag(help: "Also reads files with the recorded length and time, and compares them with the recorded digest.")
    var checksum = false

    @Option(
      help: "What becomes of files that vanished from the disk: keep (the default), or trash (restorable for 30 days)."
    )
    var deleted = VanishedChoice.keep

    @Option(
      help: "The most vanished files that --deleted trash deletes, in percent of all; 10 files are always permitted."
    )
    var deletedLimit = 10

    @Flag(help: "States that the folder is a copy of that of the ledger, such as on a new disk.")
    var moved = false

    @Option(help: "The number of files at a time.")
    var parallel = SenderPool.usualThreads

    @Option(
      help: """
        When workers check the files, always after uploads: now, later (once the run has ended), never (when somebody asks), \
        or a time such as 22:00 or 2030-01-31T22:00:00Z.
        """,
      transform: ProcessingChoice.init(argument:)
    )
    var process = ProcessingChoice.now

    @Option(help: "Who may see the images: private (the default), premium or public.", transform: visibilityNamed)
    var visibility: Visibility = .private

    @Option(help: "The place of the user in the path, such as '{shard}/{user}/**'.", transform: ownerPattern)
    var userFrom: OwnerPattern?

    @Option(help: "A CSV file with the columns folder and user.")
    var users: String?

    @Flag(help: "Gives users without a record one, with the default plan and quota.")
    var createUsers = false

    @Option(help: "The most bytes per second, such as 50MB/s.", transform: rateLimit)
    var bandwidth: BandwidthLimiter?

    @Option(help: "The speed while users upload: slow (the default), so that their files need not wait, or full.")
    var besideUploads = SpeedBesideUploads.slow

    @Flag(help: "Reads the disk only while no other process needs it, if the disk's scheduler obeys priorities.")
    var ioNice = false

    @Option(help: "Accepts files above this size, such as 100MB, without a scan.", transform: byteCount)
    var acceptUnscannedOver: Int64?

    @Flag(help: "Prints one JSON object per line, for programs.")
    var json = false

    func validate() throws {
      guard (1...256).contains(parallel) else { throw ValidationError("--parallel: 1 to 256") }
      guard userFrom == nil || users == nil else { throw ValidationError("--user-from or --users, not both") }
      guard (0...100).contains(deletedLimit) else { throw ValidationError("--deleted-limit: 0 to 100 percent") }
      guard !place.isBucket || deleted == .keep && !checksum && !moved else {
        throw ValidationError("--deleted trash, --checksum and --moved need a folder as the source")
      }
    }

    func run() throws {
      if place.isBucket { return try runFromBucket() }
      let app = Application.startCommand("stowage")
      let signals = SignalTrap()
      try orExplainMigration {
        let root = try TreeRoot(place.folder)
        let path = place.path(of: root, app.settings)
        guard !delta || FileManager.default.fileExists(atPath: path) else { throw LedgerError.missing(path: path) }
        try place.makeFolder(app.settings)
        let database = try app.database
        let sender = SenderSettings(for: app.settings.store)
        let plan = try plan(app.settings, sender, database)
        let identity = root.identity(endpoint: app.settings.store.url, bucket: app.settings.buckets.raw)
        let planner = Planner(plan)
        let progress = Progress()
        func show(_ walk: PlanProgress) { progress.show(walk.words) }
        if dryRun {
          let report = try planner.dryRun(
            root,
            beside: path,
            for: identity,
            acceptsMovedTree: moved,
            shouldStop: { signals.isTriggered },
            progress: show
          )
          progress.clear()
          try say(report)
          sayWhatWouldGo(report)
        } else {
          try requireBucket(app)
          try root.lock()
          let ledger = try MigrationLedger(path: path, for: identity, acceptsMovedTree: moved)
          let number = try begin(ledger)
          let report = try planner.plan(
            root,
            into: ledger,
            run: number,
            shouldStop: { signals.isTriggered },
            progress: show
          )
          progress.clear()
          try say(report)
          guard !signals.isTriggered else { return try ledger.endRun(number, outcome: "stopped", at: .now) }
          try Sending(command: self, source: root, ledger: ledger, run: number, app: app, signals: signals)
            .send(report, by: plan.owner, sender)
        }
      }
      if signals.isTriggered {
        Terminal.complain("stopped; what arrived is recorded. Run the command again for the rest.")
        throw ExitCode(SignalTrap.status)
      }
    }
  }
}

extension Migrate.Run {
  func plan(
    _ settings: Settings,
    _ sender: SenderSettings,
    _ database: FileDatabase
  ) throws -> PlanSettings {
    var owner = OwnerRule.firstFolder
    if let userFrom { owner = .pattern(userFrom) }
    if let users { owner = .table(try ownerTable(users)) }
    var plan = PlanSettings(
      owner: owner,
      keys: KeyRules(for: settings.store.kind),
      multipartThreshold: sender.multipartThreshold,
      partSize: sender.partSize,
      isKnownUser: { try database.user($0) != nil }
    )
    plan.comparesContents = checksum
    return plan
  }
}

/// Parses a pattern such as `{shard}/{user}/**`.
private func ownerPattern(_ text: String) throws -> OwnerPattern {
  do {
    return try OwnerPattern(text)
  } catch {
    throw ValidationError("\(error)")
  }
}

/// Reads a table of owners.
private func ownerTable(_ path: String) throws -> OwnerTable {
  guard FileManager.default.contents(atPath: path) != nil else {
    throw ValidationError("--users: \(path) cannot be read; it must be a CSV file with the columns folder and user")
  }
  return try OwnerTable(csv: [UInt8](Data(contentsOf: URL(filePath: path))))
}

/// Parses a visibility.
private func visibilityNamed(_ text: String) throws -> Visibility { try oneOf(text) }

/// Parses a rate such as `50MB/s`.
func rateLimit(_ text: String) throws -> BandwidthLimiter {
  guard let limiter = BandwidthLimiter(text) else { throw ValidationError("expected a rate such as 50MB/s") }
  return limiter
}
