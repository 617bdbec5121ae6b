import Foundation
import TestSupport

/// History and failed work in the system's database, for the dashboard.
///
/// The days end yesterday, so that today stays as it is.
struct DashboardRows {

  private let stack: Stack

  init(_ stack: Stack) { self.stack = stack }

  /// Stores usage and traffic of 30 days.
  func addHistory() throws {
    try python(
      """
      import time
      today = int(time.time()) // 86400
      for back in range(1, 31):
          day = today - back
          for place, (bucket, name, kind, size) in enumerate([('raw', 'STANDARD', 'current', 40 << 30), ('raw', 'GLACIER', 'noncurrent', 9 << 30),
              ('processed', 'STANDARD', 'variant', 12 << 30), ('backups', 'STANDARD_IA', 'current', 20 << 30)]):
              connection.execute('INSERT OR IGNORE INTO usage_days VALUES (?, ?, ?, ?, ?, ?)',
                  (day, bucket, name, kind, 1000 - back * place, size - back * (size >> 6)))
          for name, label, value in [('files_ready', '', 900 - back * 7), ('files_ready_bytes', '', (900 - back * 7) << 21),
              ('rejections', 'malware', back % 4), ('rejections', 'type_mismatch', back % 7), ('claims_refused', 'quota_exceeded', back % 5),
              ('work', 'scan', 900), ('work_ms', 'scan', 900 * 41), ('work', 'decode', 850), ('work_ms', 'decode', 850 * 130)]:
              connection.execute('INSERT OR IGNORE INTO traffic_days VALUES (?, ?, ?, ?)', (day, name, label, value))
      """
    )
  }

  /// Removes what `addHistory` stored.
  func removeHistory() throws {
    try python(
      """
      import time
      today = int(time.time()) // 86400
      for table in ('usage_days', 'traffic_days'):
          connection.execute(f'DELETE FROM {table} WHERE day < ? AND day >= ?', (today, today - 30))
      """
    )
  }

  /// Makes the check of a file a job that failed for good with this error.
  func fail(_ file: String, error: String) throws {
    try python(
      """
      import time
      connection.execute('DELETE FROM jobs WHERE file_id = ?', (sys.argv[2],))
      connection.execute("INSERT INTO jobs (kind, file_id, user_id, cost, state, due_at, created_at, attempts, failures, last_error) "
          "SELECT 'process', id, user_id, 1, 'failed', ?, created_at, 3, 3, ? FROM files WHERE id = ?",
          (int(time.time() * 1000), sys.argv[3], sys.argv[2]))
      """,
      file,
      error
    )
  }

  /// Sets the used bytes of a user, who has no files, so that the user is among the largest.
  func setUsed(_ bytes: Int64, of user: String) throws {
    try python(
      "connection.execute('UPDATE users SET used_bytes = ? WHERE id = ?', (int(sys.argv[3]), sys.argv[2]))",
      user,
      "\(bytes)"
    )
  }

  private func python(_ script: String, _ arguments: String...) throws {
    let body = script.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }.joined(
      separator: "\n"
    )
    let whole =
      "import sqlite3, sys\nconnection = sqlite3.connect(sys.argv[1], timeout=20)\nwith connection:\n\(body)\n"
    let python = stack.environment["STOWAGE_PYTHON"] ?? "python3"
    _ = try run(python, ["-c", whole, try stack.databasePath] + arguments)
  }
}
