import Core
import Foundation
import Glibc
import Logging

/// Writes each event as one line of JSON to standard error: time, level, process, message and metadata.
///
/// Lines at level warning or above are written at once; others wait up to 5 ms for more lines.
struct JSONLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  let process: String
  var writer = LogWriter.standardError

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
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var line: [UInt8] = []
    line.reserveCapacity(384)
    line += "{\"time\":\"".utf8
    line.append(time: now)
    line += "\",\"level\":\"".utf8
    line += event.level.rawValue.utf8
    line += "\",\"process\":".utf8
    line.append(quoted: process)
    line += ",\"message\":".utf8
    line.append(quoted: event.message.description)
    for (name, value) in members(event.metadata).sorted(by: { $0.key < $1.key }) {
      line.append(UInt8(ascii: ","))
      line.append(quoted: name)
      line.append(UInt8(ascii: ":"))
      line.append(value)
    }
    line += "}\n".utf8
    writer.write(line, isUrgent: event.level >= .warning)
  }

  private func members(_ added: Logger.Metadata?) -> Logger.Metadata {
    guard let added else { return metadata }
    return metadata.isEmpty ? added : metadata.merging(added, uniquingKeysWith: { $1 })
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ value: Logger.Metadata.Value) {
    switch value {
    case .string(let text): append(quoted: text)
    case .stringConvertible(let number as Int): self += number.description.utf8
    case .stringConvertible(let number as Double): self += number.description.utf8
    case .stringConvertible(let number) where number is any BinaryInteger || number is any BinaryFloatingPoint:
      self += number.description.utf8
    default: append(quoted: value.description)
    }
  }

  /// Appends a time such as `2026-12-01T06:04:10.123Z`.
  fileprivate mutating func append(time: timespec) {
    var (seconds, parts) = (time.tv_sec, tm())
    gmtime_r(&seconds, &parts)
    append(decimal: Int(parts.tm_year) + 1900, digits: 4)
    append(UInt8(ascii: "-"))
    append(decimal: Int(parts.tm_mon) + 1, digits: 2)
    append(UInt8(ascii: "-"))
    append(decimal: Int(parts.tm_mday), digits: 2)
    append(UInt8(ascii: "T"))
    append(decimal: Int(parts.tm_hour), digits: 2)
    append(UInt8(ascii: ":"))
    append(decimal: Int(parts.tm_min), digits: 2)
    append(UInt8(ascii: ":"))
    append(decimal: Int(parts.tm_sec), digits: 2)
    append(UInt8(ascii: "."))
    append(decimal: time.tv_nsec / 1_000_000, digits: 3)
    append(UInt8(ascii: "Z"))
  }

  private mutating func append(decimal number: Int, digits: Int) {
    if digits > 1 { append(decimal: number / 10, digits: digits - 1) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }

  /// Appends a JSON string of ASCII characters only.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc8259#section-7
  fileprivate mutating func append(quoted text: String) {
    append(UInt8(ascii: "\""))
    let isPlain = text.utf8.allSatisfy {
      (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
    }
    if isPlain {
      self += text.utf8
    } else {
      for scalar in text.unicodeScalars { append(escaping: scalar) }
    }
    append(UInt8(ascii: "\""))
  }

  private mutating func append(escaping scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": self += "\\\"".utf8
    case "\\": self += "\\\\".utf8
    case "\u{20}"..."\u{7E}": append(UInt8(scalar.value))
    default:
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        self += "\\u".utf8
        self += String(repeating: "0", count: 4 - digits.count).utf8
        self += digits.utf8
      }
    }
  }
}
