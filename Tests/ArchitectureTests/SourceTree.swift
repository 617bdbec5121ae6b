import Foundation

/// The package's files, found from the path of this source file at compile time.
enum SourceTree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

  struct File {
    /// The path below `Sources` or `Tests`.
    let name: String
    let text: String
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    private var folders: [Substring] { name.split(separator: "/").dropLast() }

    /// The layer by the first folder below `Sources`, such as `Adapters`; nil if the folder is no layer.
    var layer: Layer? { folders.first.flatMap { Layer(rawValue: String($0)) } }

    /// The target that compiles the file: the folder below the layer.
    ///
    /// Core is both a layer and a target.
    var target: String { String((layer == .core ? folders.first : folders.dropFirst().first) ?? "") }
  }

  /// Returns every Swift file below `folder`.
  static func swiftFiles(_ folder: String = "Sources") throws -> [File] {
    let base = root.appending(path: folder)
    let paths = try FileManager.default.subpathsOfDirectory(atPath: base.path).filter { $0.hasSuffix(".swift") }
    return try paths.sorted().map { path in
      File(name: path, text: try String(contentsOf: base.appending(path: path), encoding: .utf8))
    }
  }

  /// Returns the names of the folders in `folder`, sorted.
  static func folders(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
      .filter { !$0.contains(".") }.sorted()
  }

  /// Returns the layer of each target that has a folder.
  static func targets() throws -> [String: Layer] {
    var targets = ["Core": Layer.core]
    for layer in Layer.allCases where layer != .core {
      for target in try folders("Sources/\(layer.rawValue)") { targets[target] = layer }
    }
    return targets
  }
}

/// The folders of `Sources`, from the top layer to the bottom.
enum Layer: String, CaseIterable, Comparable {
  case programs = "Programs"
  case runtime = "Runtime"
  case features = "Features"
  case adapters = "Adapters"
  case sandbox = "Sandbox"
  case core = "Core"
  case c = "C"

  private var depth: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  static func < (higher: Layer, lower: Layer) -> Bool { higher.depth < lower.depth }
}
