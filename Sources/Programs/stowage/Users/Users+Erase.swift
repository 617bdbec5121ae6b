import ArgumentParser
import Assembly
import Core
import Foundation
import Operations
import Processing

extension Users {
  struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Erases a user and all their files, and checks that nothing is left.",
      discussion: """
        The command asks first. Then it blocks the user's uploads and removes every file with all versions, copies and \
        variants, unfinished uploads, cached images and finally the database rows. It waits about a minute for running jobs \
        and caches. If it is stopped, run it again: it continues. In the end it searches both buckets and the database for \
        remains.

        An upload URL that was handed out earlier may still deliver a file up to an hour after the URL expires. Until then \
        the command removes all bytes but keeps the rows, so that workers can remove such a file. Run the command once more \
        after the time that it prints.

        A token of the user that is still valid creates a new, empty account. The command cannot reach backups, access \
        logs, and the caches of browsers and CDNs.

        Exit status: 0 nothing is left; 75 only rows are left, until the last upload URL expires; 1 something is left; \
        130 Ctrl-C stopped it between two steps.

        Examples:
          stowage users erase alice --dry-run
          stowage users erase alice
          stowage users erase alice --yes --json
        """
    )

    /// EX_TEMPFAIL. Source: https://man7.org/linux/man-pages/man3/sysexits.h.3head.html
    private static let laterStatus: Int32 = 75

    @Argument(help: "The user.", transform: userID)
    var user: UserID

    @Flag(name: .customLong("dry-run"), help: "Prints what would be erased, and changes nothing.")
    var isDryRun = false

    @Flag(name: .customLong("yes"), help: "Skips the question.")
    var isAgreed = false

    @Flag(help: "Prints one JSON object at the end, for programs.")
    var json = false

    func run() throws {
      let app = Application.startCommand("stowage")
      let signals = SignalTrap()
      var report = Report()
      try orExplain {
        let erasure = UserErasure(try app.processing())
        report.before = try erasure.remains(of: user)
        guard !isDryRun, try mayBegin(report.before) else { return }
        try erase(by: erasure, signals, &report)
      }
      try say(report, isStopped: signals.isTriggered)
    }

    private struct Report: Encodable {
      var before = UserErasure.Remains()
      /// Nil if nothing was erased.
      var after: UserErasure.Remains?
      var uploadURLsEndAt: Date?
    }

    private func mayBegin(_ found: UserErasure.Remains) throws(StorageError) -> Bool {
      if !json { print("\(user): \(words(found)).") }
      if found.isNothing || isAgreed { return true }
      guard Terminal.canAsk else {
        Terminal.complain("users erase asks before it erases: run it at a terminal, or say --yes. Nothing was erased.")
        return false
      }
      guard Terminal.confirms("Erase all of that, for good?") else {
        Terminal.complain("nothing was erased.")
        return false
      }
      return true
    }

    private func erase(
      by erasure: UserErasure,
      _ signals: SignalTrap,
      _ report: inout Report
    ) throws(StorageError) {
      let progress = Progress()
      defer { progress.clear() }
      report.uploadURLsEndAt = try erasure.run(on: user, at: .now, while: { !signals.isTriggered }) { step in
        progress.show("files left: \(step.filesLeft)\(step.obstacle.map { "; tried again: \($0)" } ?? "")")
      }
      report.after = try erasure.remains(of: user)
    }

    private func say(_ report: Report, isStopped: Bool) throws {
      if json { print(try JSONLine.encode(report)) }
      guard let left = report.after else {
        if isDryRun, !json { print("\(user): \(words(report.before)). Nothing was erased.") }
        if isDryRun { return }
        throw ExitCode.failure
      }
      if !json { print("\(user): \(left.isNothing ? "nothing is left" : "left: " + words(left)).") }
      guard !isStopped else {
        Terminal.complain("stopped; run it again to go on.")
        throw ExitCode(SignalTrap.status)
      }
      if left.isNothing { return }
      guard let end = report.uploadURLsEndAt, left.hasNoBytes else { throw ExitCode.failure }
      Terminal.complain(
        "no bytes are left; an upload URL given out before may bring some until \(end.formatted(.iso8601)): run it once more then."
      )
      throw ExitCode(Self.laterStatus)
    }

    private func words(_ remains: UserErasure.Remains) -> String {
      let bytes = [
        Wording.number(remains.rawVersions, "version") + " in the raw bucket",
        Wording.number(remains.processedVersions, "version") + " in the processed bucket",
        Wording.number(remains.multipartUploads, "multipart upload"),
      ]
      let rows = Wording.number(remains.files, "file") + " in the database"
      return ([rows] + bytes).joined(separator: ", ") + (remains.hasRow ? "" : ", no account")
    }
  }
}
