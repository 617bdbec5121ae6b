public import Core
import Foundation

/// The JSON output of commands.
public enum JSONLine {
  /// Returns `value` as a JSON object in one line, with sorted members and times in RFC 3339.
  public static func encode(_ value: some Encodable) throws(StorageError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return try StorageError.reaching("JSON") { String(decoding: try encoder.encode(value), as: UTF8.self) }
  }
}
