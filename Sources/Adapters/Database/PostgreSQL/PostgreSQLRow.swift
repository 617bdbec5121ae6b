internal import CLibpq
internal import Core
internal import Foundation

/// The rows and the outcome of one statement.
final class PostgreSQLResult {
  private let result: OpaquePointer
  /// The number of rows that the statement returned.
  let count: Int32
  /// The number of the column of each name.
  let columns: [String: Int32]

  /// Takes a result of libpq, and frees it later.
  init(_ result: OpaquePointer) {
    self.result = result
    count = PQntuples(result)
    var columns: [String: Int32] = [:]
    for column in 0..<PQnfields(result) { columns[String(cString: PQfname(result, column))] = column }
    self.columns = columns
  }

  deinit { PQclear(result) }

  var rows: [any Row] { (0..<count).map { PostgreSQLRow(result: self, number: $0) } }

  /// The number of rows that the statement changed.
  var changes: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

  /// The command that the server says to have run, such as `COMMIT`.
  var command: String { String(cString: PQcmdStatus(result)) }

  /// The error of the statement; nil if it succeeded.
  var failure: PostgreSQLFailure? {
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_PIPELINE_SYNC: return nil
    case PGRES_PIPELINE_ABORTED: return PostgreSQLFailure(bug: "an earlier statement failed")
    default:
      let code = PQresultErrorField(result, Self.stateField).map { String(cString: $0) } ?? ""
      let message = PQresultErrorField(result, Self.messageField).map { String(cString: $0) }
      let other = String(cString: PQresultErrorMessage(result))
      return code.isEmpty ? PostgreSQLFailure(lost: other) : PostgreSQLFailure(code: code, message: message ?? other)
    }
  }

  var isSync: Bool { PQresultStatus(result) == PGRES_PIPELINE_SYNC }

  var isAborted: Bool { PQresultStatus(result) == PGRES_PIPELINE_ABORTED }

  /// Returns the text of a value; nil for NULL.
  func text(_ row: Int32, _ column: Int32) -> String? {
    guard PQgetisnull(result, row, column) == 0 else { return nil }
    let bytes = UnsafeRawBufferPointer(
      start: PQgetvalue(result, row, column),
      count: Int(PQgetlength(result, row, column))
    )
    return String(decoding: bytes, as: UTF8.self)
  }

  /// PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY.
  private static let stateField = Int32(UInt8(ascii: "C"))
  private static let messageField = Int32(UInt8(ascii: "M"))
}

/// A row of a result.
struct PostgreSQLRow: Row {
  let result: PostgreSQLResult
  let number: Int32

  func has(_ column: String) -> Bool { result.columns[column] != nil }

  func optionalText(_ column: String) throws -> String? {
    guard let position = result.columns[column] else {
      throw DatabaseError.corrupt(detail: "no column \(column) is selected")
    }
    return result.text(number, position)
  }

  func optionalInteger(_ column: String) throws -> Int64? {
    guard let text = try optionalText(column) else { return nil }
    guard let number = Int64(text) else { throw DatabaseError.corrupt(detail: "\(column) holds '\(text)'") }
    return number
  }

  func optionalBytes(_ column: String) throws -> Data? {
    throw DatabaseError.unexpected(detail: "\(column) is read as bytes")
  }

  func count(_ column: String) throws -> Int64 { try min(integer(column), StoredCount.limit) }
}
