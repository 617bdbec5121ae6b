import Foundation
import TestSupport

/// The Python programs beside these tests, which write documents.
enum Python {
  /// The path of LibreOffice's program; nil if LibreOffice is not installed.
  static let officeProgram = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/soffice" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Runs one of the programs in a folder.
  static func run(_ name: String, _ arguments: [String], in folder: ScratchFolder) throws {
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let python = here.appending(path: "../../.venv/bin/python").standardized.path
    try folder.run(python, ["-B", here.appending(path: "Python/\(name)").path] + arguments)
  }
}
