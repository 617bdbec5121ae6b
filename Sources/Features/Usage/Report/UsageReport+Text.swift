import Core
import Foundation

extension UsageReport {
  /// The report as a table for a terminal, with units and a total; a line has no control characters.
  public var table: [String] {
    let shown = rows + [rest].compactMap { $0 } + [total].compactMap { $0 }
    let header = [rows.first?.day == nil ? nil : "DAY", grouping.rawValue.uppercased(), "OBJECTS", "SIZE"]
    let cells =
      [header.compactMap { $0 }]
      + shown.map { row in
        [row.day, Wording.printable(row.name), Wording.grouped(Int(row.objects)), Wording.bytes(row.bytes)]
          .compactMap { $0 }
      }
    let numbers = (rows.first?.day == nil ? 0 : 1) + 1
    let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { cells in
      cells.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - cells[column].count)
        return column >= numbers ? gap + cells[column] : cells[column] + gap
      }.joined(separator: "  ")
    }
  }

  /// The report as CSV with raw numbers, without a total.
  ///
  /// A name that a spreadsheet would take for a formula gets an apostrophe in front.
  /// Source: <https://www.rfc-editor.org/rfc/rfc4180>, <https://owasp.org/www-community/attacks/CSV_Injection>
  public var csv: String {
    let isByDay = rows.first?.day != nil
    let header = (isByDay ? ["day"] : []) + [grouping.rawValue, "objects", "bytes"]
    let lines = rows.map { row in
      (isByDay ? [row.day ?? ""] : []) + [Self.guarded(row.name), String(row.objects), String(row.bytes)]
    }
    return ([header] + lines).map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  /// The rows as JSON objects, one per line, without a total.
  public func json() throws -> [String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try rows.map { row in
      var line: [String: Value] = [
        grouping.rawValue: .text(row.name), "objects": .number(row.objects), "bytes": .number(row.bytes),
      ]
      if let day = row.day { line["day"] = .text(day) }
      return String(decoding: try encoder.encode(line), as: UTF8.self)
    }
  }

  private enum Value: Encodable {
    case text(String)
    case number(Int64)

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .number(let number): try container.encode(number)
      }
    }
  }

  private static func guarded(_ name: String) -> String {
    name.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false ? "'" + name : name
  }

  private static func quoted(_ field: String) -> String {
    let needsQuotes = field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
    return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }
}
