import Foundation
import S3
import Storage
import TestSupport
import Testing

/// The files page as people use it: several files, cancellation, keyboard only, a screen reader; driven by
/// browser/page.py.
@Suite(.enabled(if: isRunning, howToRun), .serialized) struct PageTests {
  private struct Card: Decodable {
    let state: String
    let file: String
    let name: String
    let text: String
    let images: Int
  }

  private let stack: Stack
  private let rows: DatabaseRows
  private let folder: ScratchFolder
  private let user = "page-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    rows = try DatabaseRows(stack)
    folder = try ScratchFolder()
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  @Test func `several files at once end independently, and the page is accessible`()
    throws
  {
    struct Page: Decodable {
      let cards: [Card]
      let violations: [String]
      let overflows: Bool
      let small: Int
      let said: [String]
    }
    let mark = try #require(stack.environment["STOWAGE_TEST_SIGNATURE"])
    try folder.write(try Photo.jpeg(width: 1600, height: 1200), to: "photo.jpg")
    try folder.write(Document.pdf(comment: mark), to: "order.pdf")
    try folder.write(Array("no picture".utf8), to: "wrong.png")
    try folder.write(Array("plain words".utf8), to: "notes.txt")
    let page: Page = try use("several", ["photo.jpg", "order.pdf", "wrong.png", "notes.txt"])
    let words = [
      "photo.jpg": ("ready", "Ready"), "order.pdf": ("rejected", "scanner"), "wrong.png": ("rejected", "type"),
      "notes.txt": ("failed", "office documents"),
    ]
    #expect(page.cards.count == words.count)
    for card in page.cards {
      let (state, word) = try #require(words[String(card.name.prefix { $0 != " " })])
      #expect(card.state == state && card.text.contains(word))
      #expect(card.images == (state == "ready" ? 1 : 0))
    }
    #expect(page.violations == [])
    #expect(!page.overflows && page.small == 0)
    // Fewer announcements than files and their steps, and no percentages.
    #expect((1...words.count).contains(page.said.count) && !page.said.contains { $0.contains("%") })
  }

  @Test func `a file cancelled during its parts leaves no upload, no quota and no card`() throws {
    struct Page: Decodable {
      let file: String
      let text: String
      let left: Int
    }
    try folder.write(Document.pdf(comment: String(repeating: "0123456789abcdef", count: 12 << 16)), to: "large.pdf")
    let page: Page = try use("cancel", ["large.pdf"])
    #expect(page.text == "Cancelled" && page.left == 0)
    #expect(try stack.file(page.file, token: token).state == "aborted")
    #expect(try rows.reserved(user) == [0, 0])
    let store = try BucketView(stack).store
    let end = Date.now + 60
    while try rows.multiparts(user) != 0, Date.now < end { usleep(100_000) }
    #expect(try rows.multiparts(user) == 0)
    #expect(try store.listMultipartUploads("uploads-raw", prefix: "\(user)/", after: nil, limit: 10).items.isEmpty)
    #expect(try store.listVersions("uploads-raw", prefix: "\(user)/", after: nil, limit: 10).items.isEmpty)
  }

  @Test func `an interrupted file continues where it was when it is chosen again`() throws {
    struct Page: Decodable {
      let file: String
      let before: Int
      let left: Int
      let cards: [Card]
    }
    try folder.write(try Photo.image("png", width: 1720, height: 1290), to: "photo.png")
    let page: Page = try use("again", ["photo.png"])
    #expect(page.left >= page.before)
    #expect(page.cards.map(\.file) == [page.file] && page.cards.first?.state == "ready")
    #expect(try stack.file(page.file, token: token).sha256 == Digest.sha256(folder.bytes("photo.png")))
  }

  @Test func `by keyboard every control can be reached, shows its focus, and keeps it`() throws {
    struct Page: Decodable {
      let steps: [String]
      let visible: [Bool]
      let cards: [Card]
    }
    try folder.write(try Photo.image("png", width: 1720, height: 1290), to: "photo.png")
    let page: Page = try use("keyboard", ["photo.png"])
    #expect(
      page.steps == [
        "choose: ", "visibility: ", "hold: Pause photo.png", "hold: Continue photo.png", "hold: Pause photo.png",
        "cancel: Cancel photo.png", "card: ", "retry: Try again photo.png", "card: ",
      ]
    )
    #expect(page.visible == [true, true])
    #expect(page.cards.map(\.state) == ["ready"] && page.cards.first?.images == 1)
  }

  @Test func `the example of web/README.md works unchanged`() throws {
    struct Page: Decodable {
      let result: String
      let bar: Double
      let console: [String]
    }
    let mark = try #require(stack.environment["STOWAGE_TEST_SIGNATURE"])
    try folder.write(try Photo.jpeg(width: 800, height: 600), to: "photo.jpg")
    try folder.write(Document.pdf(comment: mark), to: "order.pdf")
    let page: Page = try drive("example.py", ["photo.jpg"])
    #expect(page.result.hasPrefix("Ready: ") && page.bar == 1 && page.console == [])
    let refused: Page = try drive("example.py", ["order.pdf"])
    #expect(refused.result.contains("malware"))
  }

  private func use<Page: Decodable>(_ scenario: String, _ files: [String]) throws -> Page {
    try drive("page.py", [scenario] + files)
  }

  private func drive<Page: Decodable>(_ name: String, _ options: [String]) throws -> Page {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/\(name)")
    let python = try #require(stack.environment["STOWAGE_PYTHON"])
    let arguments = [script.path] + options
    let output = try run(python, arguments, in: folder.path, environment: ["STOWAGE_PAGE_TOKEN": token])
    return try JSONDecoder().decode(Page.self, from: output)
  }
}
