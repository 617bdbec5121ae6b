import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Migration
import Operations
import S3
import Storage

extension Migrate.Run {
  /// Records the start of a run with its arguments, and returns the number of the run.
  func begin(_ ledger: MigrationLedger) throws -> Int64 {
    let arguments = try JSONLine.encode(CommandLine.arguments.dropFirst().map { $0 })
    return try ledger.beginRun(delta ? "delta" : "run", options: arguments, at: .now)
  }

  /// The part of a run after the plan: it sends the files, and treats those that vanished.
  struct Sending {
    let command: Migrate.Run
    let source: any FileSource
    let ledger: MigrationLedger
    let run: Int64
    let app: Application
    let signals: SignalTrap

    /// Sends the files of `report`, whose owners `owner` determined.
    func send(_ report: PlanReport, by owner: OwnerRule, _ sender: SenderSettings) throws {
      let work = MigrationRun(
        source,
        ledger: ledger,
        database: try app.database,
        sender: try makeSender(sender),
        settings: settings(owner)
      )
      let watch = RunWatch(work, of: report.unfinished, signals: signals, json: command.json)
      defer { watch.end() }
      let start = ContinuousClock.now
      let outcome = try work.run(run)
      watch.end()
      let missing = try outcome.isStopped ? nil : treatMissing(report)
      try ledger.endRun(run, outcome: outcome.isStopped ? "stopped" : "done", at: .now)
      try command.say(outcome, seconds: start.duration(to: .now) / .seconds(1))
      if let missing { try command.say(missing, ledger) }
      if !outcome.isStopped { command.sayWhatStays(report) }
      try command.say(OverQuota(ledger, try app.database))
      let lost = report.lost + (missing?.trash?.lost ?? 0)
      guard outcome.failed == 0, missing?.refusal == nil, report.findings.unread == 0, lost == 0 else {
        throw ExitCode.failure
      }
      guard report.files.files > 0 || report.pruned.files > 0 && report.missing == 0 else {
        Terminal.complain(
          "\(command.place.folder) has no files: \(command.place.isBucket ? "is the prefix right?" : "is its disk mounted?")"
        )
        throw ExitCode.failure
      }
    }

    private func makeSender(_ settings: SenderSettings) throws -> FileSender {
      var settings = settings
      settings.requests = (min(16, command.parallel), command.parallel)
      settings.bandwidth = command.bandwidth
      settings.priority = command.ioNice ? .idle : .inherited
      settings.report = { Terminal.complain($0.words) }
      return FileSender(
        store: try app.store.forSending(connections: command.parallel),
        bucket: app.settings.buckets.raw,
        settings: settings,
        journal: LedgerJournal(ledger)
      )
    }

    private func settings(_ owner: OwnerRule) -> RunSettings {
      var settings = RunSettings(migration: UUID().uuidString.lowercased(), threads: command.parallel)
      settings.visibility = command.visibility
      settings.owner = owner
      settings.processing = command.process.processing
      settings.queuesUnchecked = command.process != .never
      settings.makesUsers = command.createUsers
      settings.unscannedOver = command.acceptUnscannedOver
      if command.besideUploads == .full { settings.besideUploads = nil }
      return settings
    }

    /// Deletes the files in Stowage that vanished from the disk, if that is wanted and the walk is a proof of it.
    private func treatMissing(_ report: PlanReport) throws -> MissingReport {
      guard let root = source as? TreeRoot, command.deleted == .trash, report.missing > 0 else {
        return MissingReport(missing: report.missing, trash: nil, refusal: nil)
      }
      if let refusal = VanishedFiles.refusal(of: report, percent: command.deletedLimit) {
        return MissingReport(missing: report.missing, trash: nil, refusal: refusal.description)
      }
      let store = try app.store
      let bucket = app.settings.buckets.raw
      let trash = try VanishedFiles(root, ledger, app.database).trash(
        run: run,
        hasObject: { row throws(StoreError) in try store.hasObject(of: row, in: bucket) },
        shouldStop: { signals.isTriggered }
      )
      return MissingReport(missing: try ledger.missingCount(), trash: trash, refusal: nil)
    }
  }
}
