import Foundation

/// Parses `NAME=value` lines as in systemd's EnvironmentFile, without quotes and continuation lines.
///
/// Malformed lines are problems, because a setting that is silently ignored could make the system unsafe.
struct EnvironmentFile {
  /// The values by name.
  private(set) var values: [String: String] = [:]
  /// The problems, one line each.
  private(set) var problems: [String] = []

  /// The maximum size of the file, in bytes.
  static let maximumBytes = 1 << 16

  init(path: String) {
    guard let file = FileHandle(forReadingAtPath: path), let bytes = try? file.read(upToCount: Self.maximumBytes + 1)
    else {
      problems = ["\(path): cannot be read; name an existing file in STOWAGE_CONFIG, or unset it"]
      return
    }
    guard bytes.count <= Self.maximumBytes, let text = String(data: bytes, encoding: .utf8) else {
      problems = ["\(path): must be UTF-8 text of at most \(Self.maximumBytes) bytes"]
      return
    }
    parse(text, path: path)
  }

  private mutating func parse(_ text: String, path: String) {
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let trimmed = line.trimmingCharacters(in: .whitespaces)
      if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
      let place = "\(path):\(index + 1)"
      guard let equals = trimmed.firstIndex(of: "="), Self.isName(trimmed[..<equals]) else {
        problems.append("\(place): expected NAME=value or a comment")
        continue
      }
      let name = String(trimmed[..<equals])
      let value = String(trimmed[trimmed.index(after: equals)...])
      if value.hasPrefix("\"") || value.hasPrefix("'") {
        problems.append("\(place): \(name) is in quotes, which would become part of the value; remove them")
      }
      if values.updateValue(value, forKey: name) != nil {
        problems.append("\(place): \(name) is set twice; keep one of the lines")
      }
    }
  }

  private static func isName(_ text: some StringProtocol) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }
}
