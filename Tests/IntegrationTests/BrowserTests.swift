import Foundation
import TestSupport
import Testing

/// Debian's Chromium, driven by Selenium, on the demo page.
@Suite(.enabled(if: isRunning, howToRun)) struct BrowserTests {
  private let stack: Stack
  private let folder: URL

  init() throws {
    stack = try #require(Stack.current)
    folder = FileManager.default.temporaryDirectory.appending(path: "browser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private struct Page: Decodable {
    struct Image: Decodable {
      var variant: String
      var url: String
      var naturalWidth: Int
    }
    var state: String
    var text: String
    var images: [Image]
  }

  /// Uploads through the page and returns what it then shows.
  private func upload(_ photo: [UInt8], named name: String, expecting state: String) throws -> Page {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: name)
    try Data(photo).write(to: file)
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/upload.py")
    let python = try #require(stack.environment["STOWAGE_PYTHON"])
    let screenshot = stack.folder.appending(path: "logs/demo-\(state).png")
    let output = try run(python, [script.path, file.path, screenshot.path, "--expect", state])
    return try JSONDecoder().decode(Page.self, from: output)
  }

  @Test(.timeLimit(.minutes(2))) func `the demo page uploads a photo and shows its thumbnail and its medium image`() throws {
    let page = try upload(try Photo.jpeg(width: 4000, height: 3000), named: "holiday.jpg", expecting: "ready")
    let widths = Dictionary(uniqueKeysWithValues: page.images.map { ($0.variant, $0.naturalWidth) })
    #expect(widths["thumb"] == 150 && widths["medium"] == 800)
    #expect(page.images.allSatisfy { $0.url.hasPrefix(stack.url + "/images/demo/") })
  }

  @Test(.timeLimit(.minutes(2))) func `the demo page says why a file was refused`() throws {
    let page = try upload(Array("<html>no photo</html>".utf8), named: "no-photo.jpg", expecting: "rejected")
    #expect(page.images.isEmpty && !page.text.isEmpty)
  }
}
