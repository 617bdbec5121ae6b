import Foundation
import HTTP
import TestSupport
import Testing

/// The files page and the module web/stowage-files.js in Chromium, driven by browser/files.py.
@Suite(.enabled(if: isRunning, howToRun), .serialized) struct FilesPageTests {
  private let stack: Stack
  private let rows: DatabaseRows
  private let folder: ScratchFolder
  private let user = "files-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    rows = try DatabaseRows(stack)
    folder = try ScratchFolder()
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  private var authorization: [(name: String, value: String)] { [("Authorization", "Bearer \(token)")] }

  private func use<Page: Decodable>(_ scenario: String, _ arguments: [String] = []) throws -> Page {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/files.py")
    let python = try #require(stack.environment["STOWAGE_PYTHON"])
    // A person who looks at the pages names a folder for the pictures.
    let pictures = ProcessInfo.processInfo.environment["STOWAGE_SCREENSHOTS"] ?? folder.path
    let environment = ["STOWAGE_PAGE_TOKEN": token, "PYTHONDONTWRITEBYTECODE": "1"]
    let output = try run(
      python,
      [script.path, scenario, pictures] + arguments,
      in: folder.path,
      environment: environment
    )
    return try JSONDecoder().decode(Page.self, from: output)
  }

  /// Makes the user's row, as the first valid token does.
  private func makeUser() throws {
    #expect(try stack.send("GET", "/v1/usage", headers: authorization).head.status == 200)
  }

  @Test func `10,000 files are scrolled to the end, sorted and searched, with little memory and quick pages`() throws {
    struct Page: Decodable {
      let last: String
      let most: Int
      let heap: Int
      let resident: Int
      let grows: Bool
      let isStill: Bool
      let sorts: [String: [String]]
      let violations: [String]
      let console: [String]
    }
    try makeUser()
    try rows.seed(10_000, for: user)
    defer { try? rows.forget(user) }
    let photo = try Photo.jpeg(width: 400, height: 300)
    for name in ["real 1.jpg", "real 2.jpg"] {
      let ticket = try stack.ticket(name, size: photo.count, token: token)
      _ = try stack.put(photo, ticket)
    }
    var times: [String: Double] = [:]
    for query in ["", "&sort=createdAt", "&sort=filename", "&sort=-filename", "&sort=-size", "&name=file"] {
      // The quickest one counts, because other processes share the machine; a busy machine gets more attempts.
      var seconds: [Double] = []
      while seconds.count < 15 || (seconds.min() ?? 0 >= 0.1 && seconds.count < 100) {
        let start = Date.now
        let answer = try stack.send("GET", "/v1/files?limit=100\(query)", headers: authorization)
        seconds.append(Date.now.timeIntervalSince(start))
        #expect(answer.head.status == 200)
      }
      times[query] = (seconds.min() ?? 0) * 1000
    }
    let page: Page = try use("many")
    print(
      "list pages of 100 files in ms: \(times.mapValues { Int($0) }); JavaScript's heap \(page.heap >> 20) MB,",
      "renderer \(page.resident >> 20) MB, at most \(page.most) rows at once"
    )
    for (query, time) in times { #expect(time < 100, "\(query)") }
    #expect(page.last == "file 00001.pdf" && page.most < 120 && page.grows && page.isStill)
    #expect(page.heap < 300 << 20 && page.resident < 300 << 20)
    #expect(page.sorts["filename"] == ["file 00001.pdf", "file 00002.pdf"])
    #expect(page.sorts["createdAt"] == ["file 00001.pdf", "file 00002.pdf"])
    #expect(page.sorts["-filename"] == ["real 2.jpg", "real 1.jpg"])
    #expect(page.sorts["-size"]?.sorted() == ["real 1.jpg", "real 2.jpg"])
    #expect(page.violations == [] && page.console == [])
  }

  @Test func `20 files are uploaded at once, and 100 are deleted and restored`() throws {
    struct Page: Decodable {
      let states: [String]
      let selected: String
      let names: [String]
      let console: [String]
    }
    try makeUser()
    // Files whose bytes the bucket has, because others cannot be restored.
    let document = Document.pdf(comment: user)
    for number in 1...90 {
      let ticket = try stack.ticket("order \(number).pdf", type: "application/pdf", size: document.count, token: token)
      _ = try stack.put(document, ticket)
    }
    let end = Date.now + 120
    while try rows.files(of: user, in: ["ready"]) < 90, Date.now < end { usleep(200_000) }
    var names: [String] = []
    for number in 1...20 {
      let name = "photo \(number).jpg"
      try folder.write(try Photo.jpeg(width: 300 + number, height: 200), to: name)
      names.append(folder.file(name))
    }
    let page: Page = try use("batch", names)
    #expect(page.states == Array(repeating: "ready", count: 20))
    #expect(page.selected == "100 files selected" && page.console == [])
    #expect(Set(page.names) == Set((1...20).map { "photo \($0).jpg" }))
    #expect(try rows.files(of: user, in: ["ready"]) == 110)
  }

  @Test func `by keyboard alone a file is uploaded, shared, deleted and restored`() throws {
    struct Page: Decodable {
      let states: [String]
      let at: [String]
      let said: String
      let links: [String]
      let violations: [String]
      let console: [String]
    }
    try folder.write(try Photo.jpeg(width: 1600, height: 1200), to: "photo.jpg")
    let page: Page = try use("keyboard", [folder.file("photo.jpg")])
    #expect(page.states == ["ready"] && page.said == "The link is in the clipboard.")
    // The focus returns to the control that opened a dialog.
    #expect(page.at == ["share: photo.jpg", "share: photo.jpg", "open: photo.jpg", "open: photo.jpg"])
    #expect(page.violations == [] && page.console == [])
    let link = try #require(page.links.first)
    #expect(link.hasPrefix("\(stack.url)/v1/links/"))
    #expect(try stack.send("GET", link).head.status == 404, "it is revoked")
  }

  @Test func `hostile file names are shown as they are, and nothing of them runs`() throws {
    struct Page: Decodable {
      let names: [String]
      let opened: [String]
      let ran: [String]
      let elements: Int
      let console: [String]
    }
    let names = [
      "<img src=x onerror=alert(1)>.pdf", "\"><script>alert(2)</script>.pdf", "javascript:alert(3).pdf",
      "a\u{202e}gpj.pdf", "{{7*7}}${alert(4)}.pdf", String(repeating: "w", count: 200) + ".pdf",
    ]
    for name in names {
      let document = Document.pdf(comment: UUID().uuidString)
      let file = try stack.upload(document, "a.pdf", type: "application/pdf", token: token)
      try #require(file.state == "ready")
      try rows.name(file.id, name)
    }
    let page: Page = try use("hostile")
    let shown = names.map { $0.replacing("\u{202e}", with: "\u{fffd}") }
    #expect(page.names == shown.reversed() && page.opened == page.names)
    #expect(page.ran == [] && page.elements == 0 && page.console == [])
  }

  @Test func `private pictures just show, a PDF opens at the store, and a file is saved, renamed and made public`()
    throws
  {
    struct Page: Decodable {
      struct Tab: Decodable {
        let url: String
        let opener: Bool
      }
      let states: [String]
      let thumb: String
      let large: Int
      let following: String
      let tab: Tab
      let saved: Int
      let problem: String
      let rows: [String]
      let violations: [String]
      let console: [String]
    }
    try folder.write(try Photo.jpeg(width: 2400, height: 1800), to: "photo.jpg")
    let document = Document.pdf(comment: UUID().uuidString)
    try folder.write(document, to: "order.pdf")
    let page: Page = try use("show", [folder.file("photo.jpg"), folder.file("order.pdf")])
    #expect(page.states == ["ready", "ready"] && page.large == 2400 && page.following == "order.pdf")
    #expect(page.thumb.hasPrefix("\(stack.url)/private/\(user)/"))
    let store = try #require(stack.environment["STOWAGE_S3_PUBLIC_URL"])
    #expect(page.tab.url.hasPrefix(store + "/") && page.tab.opener && !store.hasPrefix(stack.url))
    #expect(page.saved == document.count && page.problem.contains("cannot be used"))
    #expect(Set(page.rows) == ["better.jpg", "order.pdf"] && page.violations == [])
    // The refused name; the icon for which the tab asks the store; and an image that is asked for while it moves to its
    // public address, which the page asks for again.
    let expected = ["/v1/files/": "400", "/favicon.ico": "403", "/images/\(user)/": "404"]
    let isExpected = { (line: String) in
      expected.contains { line.contains($0.key) && line.contains("status of \($0.value)") }
    }
    #expect(page.console.allSatisfy(isExpected), "\(page.console)")
  }

  @Test func `files that are dropped anywhere or pasted are uploaded`() throws {
    struct Page: Decodable {
      let states: [String]
      let names: [String]
      let console: [String]
    }
    let page: Page = try use("arrive")
    #expect(page.states == ["ready", "ready"] && page.console == [] && page.names.count == 2)
    #expect(page.names.first?.wholeMatch(of: /Pasted [-0-9]{10} [.0-9]{8}\.png/) != nil)
    #expect(page.names.last == "dropped.png")
  }

  @Test func `an empty list, no connection, a failing server and a missing login are told, and end`() throws {
    struct Page: Decodable {
      let texts: [String: String]
      let violations: [String]
      let wide: Int
    }
    let page: Page = try use("trouble")
    let words = [
      "empty": "There are no files yet", "offline": "There is no connection", "error": "Something went wrong",
      "nothing-found": "No file matches", "signed-out": "not signed in",
    ]
    for (name, word) in words { #expect(page.texts[name]?.contains(word) == true, "\(name): \(page.texts)") }
    #expect(page.violations == [] && page.wide <= 390)
  }

  @Test func `a full storage is told`() throws {
    struct Page: Decodable {
      let notice: String
      let room: String
      let violations: [String]
    }
    try makeUser()
    try rows.seed(10, for: user)
    defer { try? rows.forget(user) }
    try rows.setQuota(user, to: 10)
    let page: Page = try use("full")
    #expect(page.notice.contains("full") && page.room == "10 bytes of 10 bytes used" && page.violations == [])
  }

  @Test func `another table of words is another language`() throws {
    struct Page: Decodable {
      let error: String?
      let texts: [String]
    }
    let file = try stack.upload(
      Document.pdf(comment: UUID().uuidString),
      "order.pdf",
      type: "application/pdf",
      token: token
    )
    try #require(file.state == "ready")
    let page: Page = try use("language")
    #expect(page.error == nil && page.texts.count > 40)
    // The name of the file and the name of its type are no words of the page.
    let strange = page.texts.filter { !$0.contains("⟦") && !["order.pdf", "PDF"].contains($0) }
    #expect(strange == [])
  }

  @Test func `the example of web/README.md works on a page of another origin`() throws {
    struct Page: Decodable {
      let states: [String]
      let origin: String
      let saved: Int
      let link: String
      let left: Int
      let console: [String]
    }
    let photo = try Photo.jpeg(width: 800, height: 600)
    try folder.write(photo, to: "photo.jpg")
    let page: Page = try use("embed", [folder.file("photo.jpg"), example("html"), example("js")])
    #expect(page.states == ["ready"] && page.left == 0 && page.console == [])
    #expect(page.origin == stack.url.replacing("localhost", with: "127.0.0.1") && page.origin != stack.url)
    #expect(page.saved == photo.count && page.link.hasPrefix("\(stack.url)/v1/links/"))
  }

  /// Returns the block of code in this language below the heading of the files page.
  private func example(_ language: String) throws -> String {
    let readme = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../web/README.md")
    let text = try String(contentsOf: readme, encoding: .utf8)
    let section = text.components(separatedBy: "\n## The files page\n").last ?? ""
    let parts = section.components(separatedBy: "```\(language)\n")
    guard parts.count > 1, let code = parts[1].components(separatedBy: "\n```\n").first else {
      throw Unexpected("web/README.md has no example in \(language)")
    }
    return code + "\n"
  }
}
