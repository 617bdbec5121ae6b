import Foundation
import TestSupport
import Testing

/// Uppy's real core and Dashboard with stowage-uppy.js in Debian's Chromium, driven by browser/dashboard.py.
///
/// No package has `@uppy/aws-s3`, so its requests are those of WebTests/module/uppy.mjs, as versions 5 and 6 send them.
@Suite(.enabled(if: isRunning, howToRun), .serialized) struct UppyDashboardTests {
  private struct Shown: Decodable {
    let successful: Int
    let failed: Int
    let error: String
    let fileId: String?
    let isComplete: Bool
    let isError: Bool
    let state: String
  }

  private struct Upload: Decodable {
    let first: Shown
    let second: Shown?
  }

  /// Methods and statuses of the requests through the proxy before the store.
  private struct Lost<Result: Decodable>: Decodable {
    enum Entry: Decodable, Equatable {
      case method(String)
      case status(Int)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let status = try? container.decode(Int.self) {
          self = .status(status)
        } else {
          self = .method(try container.decode(String.self))
        }
      }
    }

    let first: Result
    let log: [[Entry]]

    var puts: [[Entry]] { log.filter { $0.first == .method("PUT") } }
  }

  private struct File: Decodable { let fileId: String }

  private let uppy: Uppy
  private let folder: ScratchFolder

  init() throws {
    uppy = try Uppy(#require(Stack.current), "dashboard")
    folder = try ScratchFolder()
  }

  @Test(arguments: [5, 6])
  func `a good file is complete once it is ready, in one piece and in parts`(version: Int) throws {
    try folder.write(try Photo.jpeg(width: 800, height: 600), to: "photo.jpg")
    try folder.write(try Photo.image("png", width: 1720, height: 1290), to: "large.png")
    for name in ["photo.jpg", "large.png"] {
      let page: Upload = try use("upload", version, name)
      #expect(page.first.successful == 1 && page.first.isComplete && !page.first.isError && page.first.state == "ready")
      let id = try #require(page.first.fileId)
      let file = try uppy.stack.file(id, token: uppy.token)
      let size = try Int64(folder.bytes(name).count)
      #expect(file.state == "ready" && file.size == size)
    }
    try uppy.expectSettled(objects: 2)
  }

  @Test(arguments: [5, 6])
  func `malware is an error with its sentence, and a retry stores no second file`(version: Int) throws {
    let mark = try #require(uppy.stack.environment["STOWAGE_TEST_SIGNATURE"])
    try folder.write(Document.pdf(comment: mark), to: "order.pdf")
    let page: Upload = try use("upload", version, "order.pdf")
    for shown in [page.first, try #require(page.second)] {
      #expect(shown.failed == 1 && shown.isError && !shown.isComplete)
      #expect(shown.error == "The virus scanner found malware in the file.")
      #expect(shown.fileId == page.first.fileId)
    }
    try uppy.expectSettled(objects: 0)
  }

  @Test(arguments: [5, 6])
  func `cancelling a single PUT frees its reservation at once`(version: Int) throws {
    try folder.write(try Photo.image("png", width: 1600, height: 1200), to: "photo.png")
    let page: File = try use("cancel", version, "photo.png")
    #expect(try uppy.stack.file(page.fileId, token: uppy.token).state == "aborted")
    #expect(try uppy.rows.reserved(uppy.user) == [0, 0])
    try uppy.expectSettled(objects: 0)
  }

  @Test(arguments: [5, 6])
  func `a PUT whose answer is lost and that the browser repeats makes one file`(version: Int) throws {
    try folder.write(try Photo.jpeg(width: 800, height: 600), to: "photo.jpg")
    let page: Lost<Shown> = try use("lost", version, "photo.jpg")
    #expect(page.puts == [[.method("PUT"), .status(200)], [.method("PUT"), .status(412)]])
    #expect(page.first.successful == 1 && page.first.state == "ready")
    try uppy.expectSettled(objects: 1)
  }

  @Test func `a PUT whose answer is lost makes one file with stowage.js too`() throws {
    try folder.write(try Photo.jpeg(width: 800, height: 600), to: "photo.jpg")
    let page: Lost<File> = try use("lost-own", 5, "photo.jpg")
    #expect(page.puts == [[.method("PUT"), .status(200)], [.method("PUT"), .status(412)]])
    #expect(try uppy.stack.file(page.first.fileId, token: uppy.token).state == "ready")
    try uppy.expectSettled(objects: 1)
  }

  private func use<Page: Decodable>(_ scenario: String, _ version: Int, _ name: String) throws -> Page {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/dashboard.py")
    let python = try #require(uppy.stack.environment["STOWAGE_PYTHON"])
    let arguments = [script.path, scenario, "\(version)", folder.file(name)]
    let environment = ["STOWAGE_PAGE_TOKEN": uppy.token, "UPPY_BUNDLE": try UppyBundle.file().path]
    let output = try run(python, arguments, in: folder.path, environment: environment)
    return try JSONDecoder().decode(Page.self, from: output)
  }
}
