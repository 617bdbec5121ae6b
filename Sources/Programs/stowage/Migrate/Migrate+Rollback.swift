import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Migration
import Operations
import S3

extension Migrate {
  struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Restores the tree from the bucket into a folder.",
      discussion: """
        The command restores every migrated file under its old path, with its bytes, time and mode, and every upload since \
        as {userId}/{fileId}/{name}. Files that were deleted in Stowage stay deleted. Each file appears when its bytes have \
        the recorded SHA-256. A file that is there with the same bytes is left as it is, so the command may be stopped or \
        killed, and repeated; a file with other bytes is listed. Nothing in the bucket or in the old folder changes: a \
        target in the old folder, or around it, is refused.

        The first argument names the migration; the old folder need not exist any more. Without the ledger, \
        --without-ledger takes the paths of all migrations from the database, and times and modes from the objects.

        Each file that cannot be restored is one line of the output.

        Exit status: 0 every file is there; 1 a file could not be restored, or the command could not begin (the text says \
        why); 64 wrong usage; 74 the output cannot be written; 78 the configuration is not usable; 130 stopped by Ctrl-C \
        or SIGTERM.

        Examples:
          stowage migrate rollback /uploads --to /srv/uploads
          stowage migrate rollback /uploads --to /srv/uploads --only-migrated
          stowage migrate rollback /uploads --to /srv/uploads --without-ledger
        """
    )

    @OptionGroup var place: LedgerOptions

    @Option(help: ArgumentHelp("The folder that gets the tree; it is made if it does not exist.", valueName: "folder"))
    var to: String

    @Flag(help: "Leaves out the files that were uploaded, and not migrated.")
    var onlyMigrated = false

    @Flag(help: "Replaces files that are there with other bytes.")
    var overwrite = false

    @Flag(help: "Restores all migrated files from the database, if the ledger is lost.")
    var withoutLedger = false

    @Option(
      help: ArgumentHelp(
        """
        The owners of the files, which only root can set: recorded (those of before; the default with a ledger), or folder \
        (that of the folder; the default without one).
        """,
        valueName: "choice"
      )
    )
    var owner: OwnerChoice?

    @Option(help: ArgumentHelp("The number of files at a time, 1 to 256.", valueName: "number"))
    var parallel = SenderPool.usualThreads

    @Flag(help: "Prints one JSON object per line, for programs.")
    var json = false

    /// The owners of restored files.
    enum OwnerChoice: String, CaseIterable, ExpressibleByArgument {
      case recorded, folder
    }

    func validate() throws {
      guard (1...256).contains(parallel) else { throw ValidationError("--parallel: 1 to 256") }
      guard !withoutLedger || place.ledger == nil else {
        throw ValidationError("--ledger or --without-ledger, not both")
      }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      let signals = SignalTrap()
      try orExplain {
        let ledger = try withoutLedger ? nil : openLedger(app.settings)
        try requireApart(ledger)
        let database = try app.database
        let store = try app.store.keeping(connections: parallel)
        var settings = RestoreSettings()
        settings.threads = parallel
        settings.overwrites = overwrite
        settings.owner = (owner ?? (withoutLedger ? .folder : .recorded)) == .recorded ? .recorded : .folder
        let run = RollbackRun(
          from: ledger,
          database,
          store: store,
          bucket: app.settings.buckets.raw,
          into: try RestoreTarget(to),
          hasUploads: !onlyMigrated,
          settings: settings
        )
        let total = try ledger.map { try expected($0) }
        let json = json
        let watch = RunWatch(
          signals: signals,
          json: json,
          stop: run.stop,
          takeLines: { run.takeProblems().map { Self.line($0, json: json) } },
          text: { RunWatch.text(run.progress, of: total) }
        )
        defer { watch.end() }
        let start = ContinuousClock.now
        let outcome: RollbackOutcome
        do {
          outcome = try run.run()
        } catch MigrationError.restore(let failure, let outcome) {
          watch.end()
          try say(outcome, seconds: start.duration(to: .now) / .seconds(1))
          throw MigrationError.restore(failure, outcome)
        }
        watch.end()
        try say(outcome, seconds: start.duration(to: .now) / .seconds(1))
        if outcome.failed > 0, !outcome.isStopped { throw ExitCode.failure }
      }
      if signals.isTriggered { throw Terminal.stopped("every file that is there is complete.") }
    }

    private func openLedger(_ settings: Settings) throws -> MigrationLedger {
      let path = place.path(settings)
      do {
        let ledger = try MigrationLedger(reading: path)
        let known = try ledger.identity()
        guard (known.endpoint, known.bucket) == (settings.store.url, settings.buckets.raw) else {
          throw LedgerError.otherBucket(
            recorded: "\(known.bucket) at \(known.endpoint)",
            given: "\(settings.buckets.raw) at \(settings.store.url)"
          )
        }
        return ledger
      } catch LedgerError.missing {
        Terminal.complain("There is no ledger at \(path). --ledger names another place; --without-ledger does without.")
        throw ExitCode.failure
      }
    }

    /// Throws if the target and the old folder, if that exists, are not apart.
    private func requireApart(_ ledger: MigrationLedger?) throws {
      let recorded = try ledger.map { String(decoding: try $0.identity().tree, as: UTF8.self) }
      for path in [place.folder, recorded].compactMap(\.self) {
        if let tree = try? TreeRoot(path) { try tree.requireApart(to) }
      }
    }

    /// The files that the bucket has, by the ledger.
    private func expected(_ ledger: MigrationLedger) throws -> LedgerTotal {
      try ledger.totals().reduce(into: LedgerTotal()) { sum, entry in
        guard entry.key.isDelivered else { return }
        sum.files += entry.value.files
        sum.bytes += entry.value.bytes
      }
    }

    private func say(_ outcome: RollbackOutcome, seconds: Double) throws {
      guard !json else { return print(try JSONLine.encode(outcome)) }
      let restored = outcome.restored
      print(
        "restored \(Wording.number(restored.files, "file")), \(Wording.bytes(restored.bytes)), in "
          + Wording.duration(seconds)
      )
      if outcome.present > 0 { print("there already: \(Wording.number(outcome.present, "file"))") }
      if outcome.uploads > 0 { print("uploads among these: \(Wording.number(outcome.uploads, "file"))") }
      if outcome.deleted > 0 {
        print("deleted in Stowage, so not restored: \(Wording.number(outcome.deleted, "file"))")
      }
      if outcome.failed > 0 { print("not restored: \(Wording.number(outcome.failed, "file"))") }
    }

    private static func line(_ problem: RestoreProblem, json: Bool) -> String {
      let error = "\(problem.failure)"
      guard json else { return "\(printable(problem.path)): \(Wording.printable(error))" }
      return (try? JSONLine.encode(problem)) ?? error
    }
  }
}
