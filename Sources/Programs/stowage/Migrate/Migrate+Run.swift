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

        Symbolic links, pipes, sockets, devices, and what cannot be read, stay behind on the disk: the end of a run counts \
        them, and `status` with --findings lists them. They do not change the exit status.

        Exit status: 0 every file arrived; 1 a file failed, is lost or could not be read, the folder has no files, nothing was \
        deleted though --deleted trash was given, or the run could not begin (the text says why); 64 wrong usage; 74 the \
        output cannot be written; 78 the configuration is not usable; 130 stopped by Ctrl-C or SIGTERM.

        Examples:
          stowage migrate run /uploads --dry-run
          stowage migrate run /uploads --create-users --bandwidth 50MB/s --io-nice
          stowage migrate run /srv/files --user-from '{shard}/{user}/**'
          stowage migrate run /srv/files --users folders.csv
          stowage migrate run /uploads --process 22:00
          stowage migrate run /uploads --delta --checksum --deleted trash
          export STOWAGE_SOURCE_ACCESS_KEY=AKIA1 STOWAGE_SOURCE_SECRET_KEY=wJal2
          stowage migrate run s3://old --source-url https://s3.example.com
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
      help: ArgumentHelp(
        "What becomes of files that vanished from the disk: keep, or trash (deleted in Stowage, restorable for 30 days).",
        valueName: "choice"
      )
    )
    var deleted = VanishedChoice.keep

    @Option(
      help: ArgumentHelp(
        "The most files that --deleted trash deletes, 0 to 100 percent of all; 10 files are always permitted.",
        valueName: "percent"
      )
    )
    var deletedLimit = 10

    @Flag(help: "States that the folder is a copy of that of the ledger, such as on a new disk.")
    var moved = false

    @Option(help: ArgumentHelp("The number of files at a time, 1 to 256.", valueName: "number"))
    var parallel = SenderPool.usualThreads

    @Option(
      help: ArgumentHelp(
        """
        When workers check the files, always after uploads: now (the default), later (once the run has ended), never (when \
        somebody asks), or a time such as 22:00 (of this machine's zone) or 2030-01-31T22:00:00Z.
        """,
        valueName: "when"
      ),
      transform: ProcessingChoice.init(argument:)
    )
    var process = ProcessingChoice.now

    @Option(
      help: ArgumentHelp("Who may see the images: private (the default), premium or public.", valueName: "group"),
      transform: visibilityNamed
    )
    var visibility: Visibility = .private

    @Option(
      help: ArgumentHelp(
        "The place of the user in the path, such as '{shard}/{user}/**'; default: the first folder is the user.",
        valueName: "pattern"
      ),
      transform: ownerPattern
    )
    var userFrom: OwnerPattern?

    @Option(help: ArgumentHelp("A CSV file with the columns folder and user.", valueName: "file"))
    var users: String?

    @Flag(help: "Gives users without a record one, with the default plan and quota.")
    var createUsers = false

    @Option(
      help: ArgumentHelp(
        "The most bytes per second, such as 50MB/s; 1 MB has 1,000,000 bytes, 1 MiB 1,048,576. Default: no limit.",
        valueName: "rate"
      ),
      transform: rateLimit
    )
    var bandwidth: BandwidthLimiter?

    @Option(help: "The speed while users upload: slow (the default), so that their files need not wait, or full.")
    var besideUploads = SpeedBesideUploads.slow

    @Flag(help: "Reads the disk only while no other process needs it, if the disk's scheduler obeys priorities.")
    var ioNice = false

    @Option(
      help: ArgumentHelp(
        """
        Accepts files above this size, such as 100MB (1 MB has 1,048,576 bytes), without a scan; default: files that the \
        scanner does not take are quarantined.
        """,
        valueName: "size"
      ),
      transform: sizeWithUnit
    )
    var acceptUnscannedOver: Int64?

    @Flag(help: "Prints one JSON object per line, for programs.")
    var json = false

    func validate() throws {
      guard (1...256).contains(parallel) else { throw ValidationError("--parallel: 1 to 256") }
      guard userFrom == nil || users == nil else { throw ValidationError("--user-from or --users, not both") }
      guard place.isBucket || source.sourceUrl == nil else {
        throw ValidationError(
          "--source-url needs a bucket as the source, such as s3://old-uploads/files, and not \(place.folder)"
        )
      }
      guard (0...100).contains(deletedLimit) else { throw ValidationError("--deleted-limit: 0 to 100 percent") }
      guard !place.isBucket || deleted == .keep && !checksum && !moved else {
        throw ValidationError("--deleted trash, --checksum and --moved need a folder as the source")
      }
    }

    func run() throws {
      if place.isBucket { return try runFromBucket() }
      let app = Application.startCommand("stowage")
      let signals = SignalTrap()
      try orExplain {
        let root = try TreeRoot(place.folder)
        let path = place.path(of: root, app.settings)
        try root.requireOutside(path)
        let hasLedger = try MigrationLedger.requireFile(path)
        guard !delta || hasLedger else { throw LedgerError.missing(path: path) }
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
      if signals.isTriggered { throw stopped }
    }
  }
}

extension Migrate.Run {
  /// The exit status of a run that a signal stopped, after the words about it.
  var stopped: ExitCode { Terminal.stopped(dryRun ? "nothing was sent." : "what arrived is recorded.") }

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

/// Reads a table of owners.
private func ownerTable(_ path: String) throws -> OwnerTable {
  guard FileManager.default.contents(atPath: path) != nil else {
    throw ValidationError("--users: \(path) cannot be read; it must be a CSV file with the columns folder and user")
  }
  return try OwnerTable(csv: [UInt8](Data(contentsOf: URL(filePath: path))))
}
