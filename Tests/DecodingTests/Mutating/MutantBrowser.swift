import Foundation
import TestSupport

/// Chromium, which compares many pictures of a folder.
final class MutantBrowser {
  /// The names of the files to compare; nil for a picture that the decoder refused.
  struct Question: Encodable {
    let seed: String
    let mutant: String
    var original: String?
    var medium: String?
  }

  /// How far pictures differ, 0 to 255; nil if Chromium does not show one of them.
  struct Answer: Decodable {
    /// True if Chromium shows the mutant at all.
    let isShown: Bool
    /// The difference between the mutant and the undamaged file.
    let seed: Double?
    /// The differences between the mutant and its renderings.
    let original: Double?
    let medium: Double?
  }

  /// The path of Chromium; nil if Chromium is not installed.
  static let program = installed("chromium")

  private let process = Process()
  private let questions = Pipe()
  private let answers = Pipe()

  init(folder: ScratchFolder) throws {
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    process.executableURL = here.appending(path: "../../../.venv/bin/python").standardized
    process.arguments = ["-B", here.appending(path: "../Python/shown.py").standardized.path, folder.path]
    process.standardInput = questions
    process.standardOutput = answers
    try process.run()
  }

  /// Ends the browser; the process ends at the end of its questions.
  func close() throws {
    try questions.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  func compare(_ list: [Question]) throws -> [Answer] {
    try questions.fileHandleForWriting.write(contentsOf: try JSONEncoder().encode(list) + [0x0A])
    var line = Data()
    while line.last != 0x0A {
      let more = answers.fileHandleForReading.availableData
      guard !more.isEmpty else { throw SetUpFailure("shown.py has ended") }
      line += more
    }
    return try JSONDecoder().decode([Answer].self, from: line)
  }
}

/// Returns the path of a program in PATH; nil if there is none.
func installed(_ name: String) -> String? {
  (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }
}
