import Foundation
import TestSupport
import Testing

/// One upload through the files page, in Debian's Chromium, driven by browser/upload.py.
@Suite(.enabled(if: isRunning, howToRun), .serialized) struct DemoPageTests {
  private struct Page: Decodable {
    struct Image: Decodable {
      let variant: String
      let url: String
      let naturalWidth: Int
      let naturalHeight: Int
    }
    let state: String
    let text: String
    let images: [Image]
    let overflows: Bool
    let console: [String]
  }

  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  @Test(arguments: [["--width", "1280"], ["--width", "500", "--dark"]])
  func `a photo is uploaded through the page, and its images appear`(options: [String]) throws {
    let page = try upload(try Photo.jpeg(width: 1600, height: 1200), "photo.jpg", options)
    #expect(page.state == "ready" && page.text == "Ready")
    #expect(page.images.map(\.variant) == ["thumb", "medium"])
    #expect(page.images.map(\.naturalWidth) == [150, 800])
    #expect(page.images.map(\.naturalHeight) == [150, 600])
    #expect(page.console == [] && !page.overflows)
  }

  @Test(arguments: ["private", "premium"])
  func `private and premium images are displayed too, with cookies that the browser keeps and sends`(visibility: String)
    throws
  {
    let page = try upload(try Photo.jpeg(width: 1600, height: 1200), "photo.jpg", ["--visibility", visibility])
    #expect(page.state == "ready" && page.images.map(\.naturalWidth) == [150, 800] && page.console == [])
    #expect(page.images.allSatisfy { $0.url.hasPrefix("\(stack.url)/\(visibility)/demo/") })
  }

  @Test func `a photo of over 10 MB is uploaded through the page in parts`() throws {
    let photo = try Photo.image("png", width: 1720, height: 1290)
    try #require(photo.count > 10 << 20)
    let page = try upload(photo, "photo.png", [])
    #expect(page.state == "ready" && page.images.map(\.naturalWidth) == [150, 800] && page.console == [])
  }

  @Test func `a type that is not accepted is refused with the list of accepted types`() throws {
    let page = try upload(Array("plain words".utf8), "notes.txt", ["--expect", "failed"])
    #expect(page.text.contains("office documents") && page.images.isEmpty)
  }

  @Test func `a file with malware is reported, and no image is shown`() throws {
    let mark = try #require(stack.environment["STOWAGE_TEST_SIGNATURE"])
    let page = try upload(Document.pdf(comment: mark), "order.pdf", ["--expect", "rejected"])
    #expect(page.text.contains("scanner") && page.images.isEmpty)
  }

  private func upload(_ bytes: [UInt8], _ name: String, _ options: [String]) throws -> Page {
    let folder = FileManager.default.temporaryDirectory.appending(path: "stowage-page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: name)
    try Data(bytes).write(to: file)
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/upload.py")
    let python = try #require(stack.environment["STOWAGE_PYTHON"])
    let screenshot = folder.appending(path: "page.png").path
    let output = try run(python, [script.path, file.path, screenshot] + options)
    return try JSONDecoder().decode(Page.self, from: output)
  }
}
