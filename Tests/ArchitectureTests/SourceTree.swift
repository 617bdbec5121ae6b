import Foundation

/// The package's own files, found from where this file was compiled.
enum SourceTree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

  struct File {
    let target: String
    let name: String
    let text: String
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  }

  /// Every Swift file below `folder`, with the name of the target it belongs to.
  static func swiftFiles(_ folder: String = "Sources") throws -> [File] {
    let base = root.appending(path: folder)
    let paths = try FileManager.default.subpathsOfDirectory(atPath: base.path).filter { $0.hasSuffix(".swift") }
    return try paths.sorted().map { path in
      File(
        target: String(path.prefix { $0 != "/" }),
        name: path,
        text: try String(contentsOf: base.appending(path: path), encoding: .utf8)
      )
    }
  }

  /// The targets that have a folder.
  static func targets() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path)
      .filter { !$0.contains(".") }.sorted()
  }
}
