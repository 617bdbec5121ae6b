import Core
import Foundation
import Logging

/// Writes each event as one line of JSON to standard error: time, level, process, message and metadata.
struct JSONLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  let process: String

  static func logger(_ process: String, level: LogLevel) -> Logger {
    Logger(label: process) { label in
      JSONLogHandler(logLevel: Logger.Level(rawValue: level.rawValue) ?? .info, process: label)
    }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = "{\"time\":\"\(Date.now.formatted(Self.time))\",\"level\":\"\(event.level.rawValue)\""
    line += ",\"process\":\(quoted(process)),\"message\":\(quoted(event.message.description))"
    for (name, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: {
      $0.key < $1.key
    }) {
      line += ",\(quoted(name)):\(Self.isNumber(value) ? value.description : quoted(value.description))"
    }
    LogWriter.standardError.write(line + "}\n")
  }

  private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  private static func isNumber(_ value: Logger.Metadata.Value) -> Bool {
    guard case .stringConvertible(let number) = value else { return false }
    return number is any BinaryInteger || number is any BinaryFloatingPoint
  }

  /// Returns a JSON string of ASCII characters only.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc8259#section-7
  private func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy {
      (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
    }
    if isPlain { return "\"\(text)\"" }
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\u{20}"..."\u{7E}": out.unicodeScalars.append(scalar)
      default:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return out + "\""
  }
}
