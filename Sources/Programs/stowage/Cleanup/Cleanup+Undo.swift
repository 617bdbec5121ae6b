import ArgumentParser
import Assembly
import Catalog
import Core
import Database
import Foundation

extension CleanupCommand {
  struct Undo: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Restores the files that a run deleted.",
      discussion: """
        Each file is restored as by its owner, and is not deleted by age for STOWAGE_DOWNGRADE_NOTICE_DAYS. A file whose \
        30 days are over, or whose bytes are gone, is named and stays deleted. A file that its owner restored meanwhile is \
        not touched. Without RUN, the command takes the newest run with a file to restore. It asks first, and can be \
        repeated.

        Exit status: 0 every file that the run still has is restored; 1 some could not be restored, or the run is unknown; \
        130 Ctrl-C stopped it between two files.

        Examples:
          stowage cleanup list
          stowage cleanup undo
          stowage cleanup undo 20270314T100000Z-daily --yes
        """
    )

    /// The maximum number of files that are named.
    private static let namedFiles = 20

    @Argument(help: ArgumentHelp("The run, as `stowage cleanup list` names it.", valueName: "run"))
    var wanted: String?

    @Flag(name: .customLong("yes"), help: "Skips the question.")
    var isAgreed = false

    func run() throws {
      let app = Application.startCommand("stowage")
      let signals = SignalTrap()
      try orExplain {
        let database = try app.database
        guard let found = try chosen(from: database) else { throw ExitCode.failure }
        guard isAgreed || isConfirmed(found) else { throw ExitCode.failure }
        let tally = try undo(found.id, CleanupUndo(database: database, removal: FileRemoval(app)), signals)
        say(tally, of: found, isComplete: !signals.isTriggered)
        if signals.isTriggered { throw Terminal.stopped("what is said above is done.") }
        guard tally.seen == tally.restored else { throw ExitCode.failure }
      }
    }

    private func chosen(from database: FileDatabase) throws(StorageError) -> CleanupRun? {
      guard let wanted else {
        let newest = try database.cleanupRuns(limit: 1000).first { run in
          run.deletedFiles > 0 && run.undoEnd.map { $0 > .now } ?? false
        }
        if newest == nil { Terminal.complain("no run has a file to restore.") }
        return newest
      }
      let found = try database.cleanupRun(wanted)
      if found == nil {
        Terminal.complain("no run \(Wording.printable(wanted)) is known; `stowage cleanup list` names the runs.")
      }
      return found
    }

    private func isConfirmed(_ found: CleanupRun) -> Bool {
      let what = "The run \(found.id) has \(Wording.number(found.deletedFiles, "file")) to restore."
      guard Terminal.canAsk else {
        Terminal.complain(
          "\(what) The command asks before it restores: run it at a terminal, or say --yes. Nothing was restored."
        )
        return false
      }
      if Terminal.confirms("\(what) Restore?") { return true }
      Terminal.complain("nothing was restored.")
      return false
    }

    private func undo(
      _ run: String,
      _ undo: CleanupUndo,
      _ signals: SignalTrap
    ) throws(StorageError) -> CleanupUndo.Tally {
      let progress = Progress()
      defer { progress.clear() }
      var (count, failures) = (0, 0)
      return try undo.undo(run, at: .now, while: { !signals.isTriggered }) { file, outcome in
        count += 1
        progress.show("files: \(count)")
        guard outcome != .restored else { return }
        failures += 1
        guard failures <= Self.namedFiles else { return }
        progress.clear()
        print("\(file.id)  \(file.user)  not restored: \(Self.words(outcome))")
      }
    }

    private static func words(_ outcome: CleanupUndo.Outcome) -> String {
      switch outcome {
      case .restored: "restored"
      case .purged: "it was deleted for good, by its owner or after 30 days"
      case .late: "the 30 days of a restore are over"
      case .missing: "the store no longer has its bytes"
      }
    }

    private func say(_ tally: CleanupUndo.Tally, of run: CleanupRun, isComplete: Bool) {
      print("run \(run.id): \(Wording.number(tally.restored, "file")) restored.")
      for (outcome, count) in tally.counts.sorted(by: { $0.value > $1.value }) where outcome != .restored {
        print("\(Wording.number(count, "file")) not restored: \(Self.words(outcome)).")
      }
      guard isComplete else {
        print("\(Wording.number(max(0, run.deletedFiles - tally.seen), "file")) not tried yet.")
        return
      }
      let others = run.files - tally.seen
      guard others > 0 else { return }
      print(
        "\(Wording.number(others, "file")) of the run \(others == 1 ? "was" : "were") restored before, by the owner or by an"
          + " undo, or erased with the owner."
      )
    }
  }
}
