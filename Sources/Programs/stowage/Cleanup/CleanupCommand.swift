import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Operations
import Processing

struct CleanupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cleanup",
    abstract: "Deletes files of standard users that are due by age; files of premium users stay.",
    discussion: """
      Without a subcommand, `cleanup` deletes. docs/retention.md has the rule. Each file can be restored for 30 days, by \
      its owner or by `cleanup undo`; its bytes are deleted afterwards.

      Examples:
        stowage cleanup --dry-run --verbose
        stowage cleanup --user alice
        stowage cleanup list
        stowage cleanup undo
      """,
    subcommands: [Run.self, List.self, Undo.self],
    defaultSubcommand: Run.self
  )

  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Deletes the files that are due; the default.",
      discussion: """
        The command counts first, and then asks. The plan of the owner is read again in the transaction that deletes a \
        file, so a file of a user who has become premium meanwhile stays. Workers then remove the images from caches and \
        buckets. The command can run beside workers and other runs, and can be repeated.

        With STOWAGE_CLEANUP=daily, workers do the same once a day.

        Exit status: 0 done; 1 the question was answered with no, or something does not answer; 130 Ctrl-C stopped it \
        between two steps.

        Examples:
          stowage cleanup --dry-run
          stowage cleanup --user alice --yes
          stowage cleanup --limit 1000 --yes --verbose
        """
    )

    @Flag(name: .customLong("dry-run"), help: "Prints what would be deleted, and changes nothing.")
    var isDryRun = false

    @Option(help: "Deletes files of this user only.", transform: userID)
    var user: UserID?

    @Option(help: "Deletes at most this many files.")
    var limit: Int?

    @Flag(help: "Prints a line for each user.")
    var verbose = false

    @Flag(name: .customLong("yes"), help: "Skips the question.")
    var isAgreed = false

    func validate() throws {
      guard (limit ?? 1) >= 1 else { throw ValidationError("--limit: 1 or more") }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      guard app.settings.retention.days != nil else {
        return print("STOWAGE_DELETE_AFTER_DAYS is never: no file is deleted by age.")
      }
      let signals = SignalTrap()
      try orExplain {
        let database = try app.database
        if let user, try database.user(user) == nil {
          Terminal.complain("no user \(user) is known to this database (\(app.settings.database)).")
          throw ExitCode.failure
        }
        let cleanup = Cleanup(database: database, rule: app.settings.retention)
        if isDryRun || !isAgreed {
          let due = try pass(cleanup, run: nil, signals, isVerbose: isDryRun && verbose)
          try stopIfWanted(signals, "nothing was deleted.")
          guard due.files > 0 else { return print("No file is due.") }
          if isDryRun { return print("\(words(due)) would be deleted. \(Self.later)") }
          guard try isConfirmed(due) else { throw ExitCode.failure }
        }
        let run = Cleanup.run(at: .now, String(format: "%04x", Int.random(in: 0..<65_536)))
        let done = try pass(cleanup, run: run, signals, isVerbose: verbose)
        print(done.files == 0 ? "No file is due." : "\(words(done)) deleted, in the run \(run). \(Self.later)")
        if done.files > 0 { print("To restore all of them: stowage cleanup undo \(run)") }
        try stopIfWanted(signals, "what is said above is done; the rest is untouched.")
      }
    }

    private static let later = "The bytes are deleted, and no longer counted, 30 days later."

    private func pass(
      _ cleanup: Cleanup,
      run: String?,
      _ signals: SignalTrap,
      isVerbose: Bool
    ) throws(StorageError) -> Cleanup.Tally {
      let progress = Progress()
      defer { progress.clear() }
      return try cleanup.run(
        run,
        of: user,
        limit: limit ?? .max,
        at: .now,
        while: { !signals.isTriggered },
        progress: { tally in
          progress.show("\(run == nil ? "due" : "deleted"): \(Wording.number(tally.files, "file"))")
        },
        report: { share in
          guard isVerbose else { return }
          progress.clear()
          print("\(share.user)  \(Wording.number(share.files, "file")), \(Wording.bytes(share.bytes))")
        }
      )
    }

    private func words(_ tally: Cleanup.Tally) -> String {
      "\(Wording.number(tally.files, "file")) of \(Wording.number(tally.users, "user")), \(Wording.bytes(tally.bytes)),"
    }

    private func stopIfWanted(_ signals: SignalTrap, _ done: String) throws {
      if signals.isTriggered { throw Terminal.stopped(done) }
    }

    private func isConfirmed(_ due: Cleanup.Tally) throws -> Bool {
      let what = "\(words(due)) \(due.files == 1 ? "is" : "are") due."
      guard Terminal.canAsk else {
        Terminal.complain(
          "\(what) The command asks before it deletes: run it at a terminal, or say --yes. Nothing was deleted."
        )
        return false
      }
      if Terminal.confirms("\(what) Delete them? They can be restored for 30 days.") { return true }
      Terminal.complain("nothing was deleted.")
      return false
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists runs that deleted something, newest first.",
      discussion: """
        The column LEFT has the number of files that are still deleted and neither restored nor purged. All of these can be \
        restored until the time in the column UNDO UNTIL.

        Examples:
          stowage cleanup list
          stowage cleanup list --limit 5 --json
        """
    )

    @Option(help: "Prints at most this many runs.")
    var limit = 50

    @Flag(help: "Prints one JSON object per line, for programs.")
    var json = false

    func validate() throws {
      guard limit >= 1 else { throw ValidationError("--limit: 1 or more") }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      try orExplain {
        let runs = try app.database.cleanupRuns(limit: limit)
        if json { return try runs.forEach { print(try CleanupTable.json($0)) } }
        guard !runs.isEmpty else { return print("No run has deleted a file.") }
        print(CleanupTable.header)
        runs.forEach { print(CleanupTable.line($0, at: .now)) }
      }
    }
  }
}
