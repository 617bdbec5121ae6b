import ArgumentParser
import Assembly
import Core
import Database
import Operations

extension Users {
  struct Recount: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks the recorded usage of users against their files.",
      discussion: """
        The command adds up the bytes of each user's files and compares the sums with the recorded usage. It may run while \
        everything else runs: uploads in progress cause no difference. A difference is a defect of Stowage or a change made \
        by hand in the database.

        Exit status: 0 the records are right or were repaired; 1 they are wrong; 130 Ctrl-C stopped it between two steps.

        Examples:
          stowage users recount
          stowage users recount alice
          stowage users recount --repair
        """
    )

    @Argument(help: "The user; without it, all users.", transform: userID)
    var user: UserID?

    @Flag(help: "Corrects the recorded usage, one transaction per user.")
    var repair = false

    func run() throws {
      let app = Application.startCommand("stowage")
      let signals = SignalTrap()
      let progress = Progress()
      var tally: QuotaRecount.Tally?
      try orExplain {
        defer { progress.clear() }
        tally = try recount(QuotaRecount(database: try app.database), progress, while: { !signals.isTriggered })
      }
      guard let tally else { throw user.map { unknown($0, app) } ?? .failure }
      print(words(tally, isWhole: !signals.isTriggered))
      guard !signals.isTriggered else {
        Terminal.complain("stopped; what is said above stands, the rest was not counted.")
        throw ExitCode(SignalTrap.status)
      }
      guard !tally.isLeft else { throw ExitCode.failure }
    }

    /// Returns nil if the user is unknown.
    private func recount(
      _ recount: QuotaRecount,
      _ progress: Progress,
      while isWanted: () -> Bool
    ) throws(StorageError) -> QuotaRecount.Tally? {
      let report = { (finding: QuotaRecount.Finding) in
        progress.clear()
        finding.lines.forEach { print($0) }
      }
      guard let user else {
        return try recount.run(
          repairing: repair,
          while: isWanted,
          progress: { tally in progress.show("recounted users: \(tally.seen), wrong: \(tally.wrong)") },
          report: report
        )
      }
      do throws(StorageError) {
        return try recount.run(on: user, repairing: repair, report: report)
      } catch .notFound {
        return nil
      }
    }

    private func words(_ tally: QuotaRecount.Tally, isWhole: Bool) -> String {
      let seen = "\(Wording.number(tally.seen, "user")) recounted"
      switch (tally.wrong, repair) {
      case (0, _): return "\(seen): the ledger is right\(isWhole ? "" : " so far")."
      case (let count, true): return "\(seen): \(count) repaired."
      case (let count, false): return "\(seen): \(count) wrong; --repair makes the ledger what the files say."
      }
    }
  }
}
