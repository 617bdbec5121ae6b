public import Core
public import Foundation

/// A census and the time at which it was taken.
public struct DatedCensus: Hashable, Sendable {
  /// The numbers.
  public let census: Census
  /// The time of the count.
  public let at: Date
}

extension FileDatabase {
  private static let users = "users"
  private static let milliseconds = "milliseconds"
  private static let state = "state:"

  /// Adds up the counters of all users, keeps the sums in place of those before, and returns them.
  ///
  /// Reads every user's row and no file.
  @discardableResult
  public func takeCensus(at now: Date) throws(StorageError) -> Census {
    let start = ContinuousClock.now
    let (users, holdings) = try read { connection in
      guard let row = try connection.first(ReportStatement.count, [:]) else {
        throw DatabaseError.unexpected(detail: "no sums of counters")
      }
      return (try row.integer("users"), try UserCounters(row).holdings)
    }
    let files = holdings.map { Census.Files(state: $0.state, count: Int64($0.count), heldBytes: $0.heldBytes) }
    let duration = ContinuousClock.now - start
    let census = Census(users: users, files: files, seconds: duration / .seconds(1))
    try write { connection in
      func add(_ name: String, _ found: Int64, _ held: Int64) throws {
        try connection.run(
          ReportStatement.addCensus,
          ["name": name, "at": now.milliseconds, "found": found, "held": held]
        )
      }
      try connection.run(ReportStatement.emptyCensus, [:])
      try add(Self.users, census.users, 0)
      try add(Self.milliseconds, Int64(census.seconds * 1000), 0)
      for files in census.files { try add(Self.state + files.state.rawValue, files.count, files.heldBytes) }
    }
    return census
  }

  /// Returns the last census; nil before the first.
  public func census() throws(StorageError) -> DatedCensus? {
    try read { connection in
      let rows = try connection.run(ReportStatement.census, [:])
      guard let first = rows.first else { return nil }
      var (users, seconds, files) = (Int64(0), 0.0, [Census.Files]())
      for row in rows {
        let (name, found) = (try row.text("name"), try row.integer("found"))
        switch name {
        case Self.users: users = found
        case Self.milliseconds: seconds = Double(found) / 1000
        default:
          guard let state = FileState(rawValue: String(name.dropFirst(Self.state.count))) else { continue }
          files.append(Census.Files(state: state, count: found, heldBytes: try row.integer("held")))
        }
      }
      return try DatedCensus(census: Census(users: users, files: files, seconds: seconds), at: first.date("at"))
    }
  }
}
