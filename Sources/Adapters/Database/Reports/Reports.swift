public import Core
internal import Foundation

extension FileDatabase {
  /// The time for which the report of a node that does not work any more is kept, in seconds.
  private static let reportSeconds: TimeInterval = 30 * 86_400

  /// Stores the last result of some work on a node, in place of the one before; removes reports of 30 days ago.
  public func store(_ report: Report) throws(StorageError) {
    guard let outcome = try? JSONEncoder().encode(report.outcome) else {
      throw .unexpected(detail: "a report that JSON cannot say")
    }
    let text = String(decoding: outcome, as: UTF8.self)
    try write { connection in
      try connection.run(ReportStatement.trim, ["before": (report.at - Self.reportSeconds).milliseconds])
      try connection.run(
        ReportStatement.store,
        ["name": report.name.rawValue, "node": report.node, "at": report.at.milliseconds, "outcome": text]
      )
    }
  }

  /// Returns the last reports by name, the newest of each first; names that this version does not know are left out.
  public func reports(limit: Int = 500) throws(StorageError) -> [Report] {
    try read { connection in
      try connection.run(ReportStatement.list, ["limit": limit]).compactMap { row in
        guard let name = ReportName(rawValue: try row.text("name")) else { return nil }
        guard let outcome = try? JSONDecoder().decode(Report.Outcome.self, from: Data(row.text("outcome").utf8)) else {
          throw DatabaseError.corrupt(detail: "the report \(name.rawValue) is not readable")
        }
        return try Report(name: name, at: row.date("at"), node: row.text("node"), outcome: outcome)
      }
    }
  }
}
