import Core
import Database
import Foundation
import Migration
import Operations

/// The treatment of the files that vanished from the disk.
struct MissingReport: Encodable {
  /// The number of files that the bucket has and the disk does not, after the treatment.
  let missing: Int
  /// The files that were deleted in Stowage; nil if none was to be deleted.
  let trash: TrashOutcome?
  /// The reason why nothing was deleted; nil if there is none.
  let refusal: String?
}

extension Migrate.Run {
  func say(_ report: MissingReport, _ ledger: MigrationLedger) throws {
    guard !json else { return print(try JSONLine.encode(report)) }
    if let trash = report.trash, trash.deleted > 0 {
      print("deleted \(Wording.number(trash.deleted, "file")) that vanished from the disk; restorable for 30 days")
    }
    if let trash = report.trash, trash.lost > 0 {
      print(
        "LOST: \(Wording.number(trash.lost, "file")) neither on the disk nor in the bucket; restore from a backup:"
          + " \(place.command("status"))"
      )
    }
    if let trash = report.trash, trash.kept > 0 {
      print(
        "not deleted: \(Wording.number(trash.kept, "file")); unchecked, quarantined, or behind a new symbolic link"
      )
    }
    if report.missing > 0 {
      let words = Wording.number(report.missing, "file")
      let hint = deleted == .keep && !place.isBucket ? " (--deleted trash deletes them)" : ""
      print("vanished from the disk and still in Stowage: \(words)\(hint), such as:")
      for row in try ledger.rowsMissing(limit: FindingGroup.maximumExamples) { print("  \(printable(row.path))") }
    }
    if let refusal = report.refusal { Terminal.complain(refusal) }
  }

  /// Says how many files a run with the same options would delete.
  func sayWhatWouldGo(_ report: PlanReport) {
    guard deleted == .trash, report.missing > 0, !json else { return }
    if let refusal = VanishedFiles.refusal(of: report, percent: deletedLimit) {
      print(refusal.description)
    } else {
      print(
        "\(Wording.number(report.missing, "file")) would be deleted in Stowage, except unchecked and"
          + " quarantined ones, and those behind a new symbolic link"
      )
    }
  }

  func say(_ report: PlanReport) throws {
    print(json ? try JSONLine.encode(report) : report.words, terminator: json ? "\n" : "")
    if !json, report.findings.old > 0 {
      let count = Wording.number(report.findings.old, "finding")
      print("\(count) of earlier runs, not repeated here: \(place.command("status", " --findings"))")
    }
    if !json, !createUsers, report.unknownUsers > 0 {
      print("Files of users without a record are sent only with --create-users.")
    }
    // A log has the plan before the lines of the progress.
    StandardOutput.flush()
  }

  func say(_ outcome: RunOutcome, seconds: Double) throws {
    guard !json else { return print(try JSONLine.encode(outcome)) }
    print(
      "sent \(Wording.number(outcome.sent.files, "file")), \(Wording.bytes(outcome.sent.bytes)), in "
        + Wording.duration(seconds)
    )
    if outcome.vanished > 0 {
      print("vanished from the disk during the run: \(Wording.number(outcome.vanished, "file"))")
    }
    if outcome.present > 0 { print("in the bucket already: \(Wording.number(outcome.present, "file"))") }
    if outcome.rekeyed > 0 {
      print("have a key by their identifier, since another has the key: \(Wording.number(outcome.rekeyed, "file"))")
    }
    if let before = outcome.visibilityBefore {
      print(
        "files of earlier runs stay \(before.rawValue): --visibility \(visibility.rawValue) concerns new and changed files;"
          + " PATCH /v1/files/{fileId} changes others"
      )
    }
    if outcome.altered > 0 {
      print(
        "sent again with other bytes than the bucket had lost: \(Wording.number(outcome.altered, "file"));"
          + " the next run lists them"
      )
    }
    if outcome.queued > 0 {
      print("queued for their checks: \(Wording.number(outcome.queued, "file"))")
    }
    if outcome.deleted > 0 { print("deleted in Stowage, so not sent: \(Wording.number(outcome.deleted, "file"))") }
    if outcome.failed > 0 {
      print("failed: \(Wording.number(outcome.failed, "file")); the same command tries them again")
      print("  to see the reasons: \(place.command("status"))")
    }
  }

  func say(_ report: OverQuota) throws {
    guard report.users > 0 else { return }
    guard !json else { return print(try JSONLine.encode(report)) }
    print(
      "over their quota, so that their uploads are refused: \(Wording.number(report.users, "user")), such as "
        + report.examples.map { Wording.printable($0) }.joined(separator: ", ")
    )
    print("  to give them more: stowage users set USER --quota 10GB")
  }

  /// Says what stays on the disk only, as the last words of a run that came to its end.
  func sayWhatStays(_ report: PlanReport) {
    guard !json, report.stayBehind > 0 else { return }
    print("only on the disk, since they stay behind: \(report.findings.stayBehindWords)")
    print("  to see them: \(place.command("status", " --findings"))")
  }
}
