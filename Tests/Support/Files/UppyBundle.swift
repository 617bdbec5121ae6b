public import Foundation

/// The core and the Dashboard of Uppy 5, which script/setup installs with script/requirements-files.txt.
public enum UppyBundle {
  /// Returns the bundle's file.
  public static func file() throws -> URL {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL
    let versions = try FileManager.default.contentsOfDirectory(
      at: root.appending(path: ".venv/lib"),
      includingPropertiesForKeys: nil
    )
    let name = "site-packages/dash_uploader_uppy5/build/dash_uploader_uppy5.js"
    let files = versions.map { $0.appending(path: name) }
    guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw Unexpected("no \(name) in .venv")
    }
    return file
  }
}
