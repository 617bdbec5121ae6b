import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Migration
import Operations
import S3

extension Migrate {
  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Deletes files from the disk that the bucket provably has.",
      discussion: """
        This is the only command that deletes anything from the disk. A file is deleted if `stowage migrate verify` proved it \
        before the given time, its record is ready or deleted, the store's SHA-256 of the pinned version (or its bytes, \
        read back) is right, and the disk's file, hashed now, still has that SHA-256. Every other file stays, and a line \
        says why. Folders stay unless --empty-folders is given.

        Exit status: 0 done, also if files stayed; 1 something failed (the text says what); 64 wrong usage; 74 the output \
        cannot be written; 78 the configuration is not usable; 130 stopped by Ctrl-C or SIGTERM.

        Examples:
          stowage migrate prune /uploads --verified-before 2026-11-01 --dry-run
          stowage migrate prune /uploads --verified-before 2026-11-01
          stowage migrate prune /uploads --verified-before 2026-11-01 --empty-folders
          stowage migrate prune /uploads --verified-before 2026-11-01T12:00:00Z --yes
        """
    )

    @OptionGroup var place: LedgerOptions

    @Option(
      help: ArgumentHelp(
        "Only files that were verified before this date or time (UTC), such as 2026-11-01 or 2026-11-01T12:00:00Z.",
        valueName: "date"
      ),
      transform: moment
    )
    var verifiedBefore: Date

    @Flag(help: "Examines every file and deletes nothing.")
    var dryRun = false

    @Flag(help: "Deletes without a question.")
    var yes = false

    @Flag(help: "Deletes files, too, that the checks refused; the bucket has them, and nobody is served.")
    var includeQuarantined = false

    @Flag(help: "Deletes files, too, that were accepted without a scan.")
    var includeUnscanned = false

    @Flag(help: "Reads every object back, although the store has checksums.")
    var readBack = false

    @Flag(help: "Deletes folders, too, that this or an earlier prune left empty; the given folder stays.")
    var emptyFolders = false

    @Option(
      help: ArgumentHelp("The list of the deleted files; default: a file beside the ledger.", valueName: "file")
    )
    var list: String?

    @Option(help: ArgumentHelp("The number of files at a time, 1 to 256.", valueName: "number"))
    var parallel = SenderPool.usualThreads

    @Option(
      help: ArgumentHelp(
        "The most bytes per second from the bucket, such as 50MB/s. Default: no limit.",
        valueName: "rate"
      ),
      transform: rateLimit
    )
    var bandwidth: BandwidthLimiter?

    @Flag(help: "Prints one JSON object at the end.")
    var json = false

    func validate() throws {
      guard !place.isBucket else {
        throw ValidationError("prune deletes files of a disk only, and never an object of a bucket: \(place.folder)")
      }
      guard (1...256).contains(parallel) else { throw ValidationError("--parallel: 1 to 256") }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      let signals = SignalTrap()
      try orExplain {
        let migration = try OpenMigration(place, app)
        guard let root = migration.root else { return }
        if let list { try root.requireOutside(list) }
        let total = try migration.ledger.prunableTotal(before: verifiedBefore)
        guard total.files > 0 || emptyFolders && !dryRun else {
          print("no file was verified before \(verifiedBefore.ISO8601Format()): `stowage migrate verify` verifies them")
          return
        }
        guard try dryRun || total.files == 0 || isAgreed(total) else { return print("Nothing was deleted.") }
        try requireBucket(app)
        try prune(migration, root, total, app, signals)
      }
      if signals.isTriggered { throw Terminal.stopped("what was deleted is on the list.") }
    }

    private func isAgreed(_ total: LedgerTotal) throws -> Bool {
      if yes { return true }
      guard Terminal.canAsk else {
        Terminal.complain("prune asks before it deletes: run it at a terminal, or say --yes. Nothing was deleted.")
        throw ExitCode.failure
      }
      return Terminal.answer(
        "Delete up to \(Wording.number(total.files, "file")), \(Wording.bytes(total.bytes)), from \(place.folder) for good?"
          + " Type \(total.files) to go on:"
      ) == "\(total.files)"
    }

    private func prune(
      _ migration: OpenMigration,
      _ root: TreeRoot,
      _ total: LedgerTotal,
      _ app: Application,
      _ signals: SignalTrap
    ) throws {
      var settings = PruneSettings(verifiedBefore: verifiedBefore, threads: parallel)
      settings.isDryRun = dryRun
      settings.includesQuarantined = includeQuarantined
      settings.includesUnscanned = includeUnscanned
      settings.removesEmptyFolders = emptyFolders
      settings.readsBack = readBack
      settings.bandwidth = bandwidth
      settings.report = { Terminal.complain($0.words) }
      let list = dryRun ? nil : try PruneList(self.list ?? migration.path + ".deleted")
      let prune = Migration.Prune(
        root,
        ledger: migration.ledger,
        database: try app.database,
        store: try app.store.forSending(connections: parallel),
        bucket: app.settings.buckets.raw,
        list: list,
        settings: settings
      )
      let number = try migration.ledger.beginRun(
        "prune",
        options: JSONLine.encode(Array(CommandLine.arguments.dropFirst())),
        at: .now
      )
      let watch = RunWatch(signals: signals, json: json, stop: { prune.stop() }) {
        RunWatch.text(prune.progress, of: total)
      }
      defer { watch.end() }
      let outcome = try prune.run(number) { line in
        if !json, let kept = line.kept { RunWatch.say("kept \(printable(line.path))\t\(kept)") }
      }
      watch.end()
      try migration.ledger.endRun(number, outcome: outcome.isStopped ? "stopped" : "done", at: .now)
      guard !json else { return print(try JSONLine.encode(outcome)) }
      let amount = "\(Wording.number(outcome.removed.files, "file")), \(Wording.bytes(outcome.removed.bytes))"
      print(dryRun ? "would delete \(amount)" : "deleted \(amount); the list is \(list?.path ?? "")")
      if outcome.folders > 0 { print("deleted \(Wording.number(outcome.folders, "empty folder"))") }
      if outcome.kept.files > 0 { print("kept \(Wording.number(outcome.kept.files, "file"))") }
    }
  }
}
