import Foundation
import TestSupport

/// The programs beside these tests that write documents.
enum Python {
  /// Whether the long forms of tests are wanted.
  static let isLong = ProcessInfo.processInfo.environment["STOWAGE_LONG"] == "1"

  /// LibreOffice's, where it is installed.
  static let officeProgram = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/soffice" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Runs one in a folder.
  static func run(_ name: String, _ arguments: [String], in folder: ScratchFolder) throws {
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let python = here.appending(path: "../../.venv/bin/python").standardized.path
    try folder.run(python, ["-B", here.appending(path: "Python/\(name)").path] + arguments)
  }
}
