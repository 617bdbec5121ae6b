import Core
public import Database
public import Foundation

/// Formats runs of `stowage cleanup` as a table for a terminal.
public enum CleanupTable {
  /// The line with the names of the columns.
  public static let header = columns("RUN", "STARTED", "FILES", "BYTES", "LEFT", "UNDO UNTIL")

  /// Returns the line of one run.
  public static func line(_ run: CleanupRun, at now: Date) -> String {
    columns(
      run.id,
      run.startedAt.formatted(.iso8601),
      String(run.files),
      Wording.bytes(run.bytes),
      String(run.deletedFiles),
      run.undoEnd.map { $0 > now ? $0.formatted(.iso8601) : "over for the first files" } ?? "-"
    )
  }

  /// Returns one run as a JSON object.
  public static func json(_ run: CleanupRun) throws -> String {
    try JSONLine.encode(
      Line(
        run: run.id,
        startedAt: run.startedAt,
        files: run.files,
        bytes: run.bytes,
        left: run.deletedFiles,
        undoUntil: run.undoEnd
      )
    )
  }

  private struct Line: Encodable {
    let run: String
    let startedAt: Date
    let files: Int
    let bytes: Int64
    let left: Int
    let undoUntil: Date?
  }

  private static func columns(
    _ run: String,
    _ start: String,
    _ files: String,
    _ bytes: String,
    _ left: String,
    _ end: String
  ) -> String {
    run.padded(to: 25) + start.padded(to: 22) + files.padded(to: 10) + bytes.padded(to: 12) + left.padded(to: 10) + end
  }
}
