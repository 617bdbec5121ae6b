import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Usage

extension UsageCommand {
  /// The groupings of `UsageReport`, as arguments.
  enum Grouping: String, CaseIterable, ExpressibleByArgument {
    case bucket, `class`, user, kind

    var reported: UsageReport.Grouping {
      switch self {
      case .bucket: .bucket
      case .class: .class
      case .user: .user
      case .kind: .kind
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows the last whole collection, or the history by day.",
      discussion: """
        Kinds: current, noncurrent, marker, multipart (an incomplete upload), stale-multipart (older than 7 days), variant, \
        quarantined and unknown. docs/usage.md explains each, and the members of the JSON objects.

        CSV and JSON have numbers without units and no total. In CSV, a name that a spreadsheet would take for a formula \
        gets an apostrophe in front.

        Exit status: 0 done; 1 something does not answer.

        Examples:
          stowage usage show
          stowage usage show --by kind
          stowage usage show --by user --limit 20
          stowage usage show --by class --days 30
          stowage usage show --by user --limit 100000 --csv > users.csv
        """
    )

    @Option(help: ArgumentHelp("Groups by bucket, class, user or kind.", valueName: "group"))
    var by = Grouping.bucket

    @Option(
      parsing: .unconditional,
      help: "Shows each collection of the last days, instead of the last one; not by user."
    )
    var days: Int?

    @Option(parsing: .unconditional, help: "Shows at most this many users, the largest first.")
    var limit = 50

    @Flag(help: "Prints CSV, for spreadsheets.")
    var csv = false

    @Flag(help: "Prints one JSON object per line, for programs.")
    var json = false

    func validate() throws {
      guard !(csv && json) else { throw ValidationError("--csv and --json: choose one") }
      guard (1...36_500).contains(days ?? 1) else { throw ValidationError("--days: 1 to 36500") }
      guard limit >= 1 else { throw ValidationError("--limit: 1 or more") }
      guard days == nil || by != .user else { throw ValidationError("--days: the history by day has no users") }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      try orExplain {
        let database = try app.database
        let buckets = app.settings.buckets
        let report =
          if let days {
            try UsageReport(by: by.reported, of: database, buckets: buckets, days: days, until: .now)
          } else {
            try UsageReport(by: by.reported, of: database, buckets: buckets, limit: limit)
          }
        if csv { return print(report.csv, terminator: "") }
        if json { return try report.json().forEach { print($0) } }
        if !report.rows.isEmpty { report.table.forEach { print($0) } }
        if days != nil, report.rows.isEmpty { print("No collection in these days.") }
        if !report.rows.isEmpty { print("") }
        for line in try database.usageCollection(at: .now).lines { print(line) }
      }
    }
  }
}
