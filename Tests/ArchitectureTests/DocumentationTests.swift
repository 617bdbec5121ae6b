import Foundation
import Testing

/// Rules for README, the pages in `docs` and every other page of the repository.
@Suite struct DocumentationTests {
  private func page(_ path: String) throws -> MarkdownPage { try MarkdownPage(SourceTree.root.appending(path: path)) }

  @Test func `README has at most 150 lines`() throws {
    #expect(try page("README.md").lineCount <= 150)
  }

  @Test func `every page in docs begins with a heading and a paragraph that says what the page is for`() throws {
    let pages = try MarkdownPage.all(below: "docs")
    #expect(pages.count > 40)
    for page in pages {
      let start = page.lines.prefix(3)
      #expect(start.count == 3 && start[0].hasPrefix("# ") && start[1].isEmpty, "\(page.name)")
      #expect(start.last?.contains(/^[A-Z][^|]{30}/) == true, "\(page.name)")
    }
  }

  @Test func `every link to a file or a heading leads there`() throws {
    var anchors: [String: Set<String>] = [:]
    var count = 0
    for page in try MarkdownPage.all() {
      for link in page.links {
        count += 1
        let isInside = link.file.path.hasPrefix(SourceTree.root.path + "/")
        #expect(isInside && FileManager.default.fileExists(atPath: link.file.path), "\(page.name): \(link.text)")
        guard let anchor = link.anchor, FileManager.default.fileExists(atPath: link.file.path) else { continue }
        let known = try anchors[link.file.path] ?? MarkdownPage(link.file).anchors
        anchors[link.file.path] = known
        #expect(known.contains(anchor), "\(page.name): \(link.text)")
      }
    }
    #expect(count > 100)
  }

  @Test func `docs/configuration.md is what script/configuration-page writes from conf/stowage.env`() throws {
    let script = Process()
    script.executableURL = SourceTree.root.appending(path: "script/configuration-page")
    script.arguments = ["--check"]
    let output = Pipe()
    script.standardOutput = output
    script.standardError = output
    try script.run()
    let difference = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    script.waitUntilExit()
    #expect(script.terminationStatus == 0, "\(difference)")
  }

  @Test func `docs/configuration.md names every setting`() throws {
    let settings = try String(contentsOf: SourceTree.root.appending(path: "conf/stowage.env"), encoding: .utf8)
    let names = settings.matches(of: /(?m)^#?(STOWAGE_[A-Z0-9_]+)=/).map { String($0.1) }
    #expect(names.count > 60)
    let page = try page("docs/configuration.md").lines.joined(separator: "\n")
    #expect(names.filter { !page.contains("`\($0)`") } == [])
  }

  @Test func `every decision has a context, a decision and a consequence, and stands in the index`() throws {
    let pages = try MarkdownPage.all(below: "docs/decisions")
    let index = Set(try page("docs/decisions/README.md").links.map(\.file.lastPathComponent))
    let decisions = pages.filter { $0.file.lastPathComponent != "README.md" }
    #expect(decisions.count >= 30)
    for page in decisions {
      let file = page.file.lastPathComponent
      #expect(file.contains(/^\d{4}-[a-z0-9-]+\.md$/) && page.lines[0].hasPrefix("# \(file.prefix(4)): "), "\(file)")
      #expect(Array(page.headings.dropFirst()) == ["Context", "Decision", "Consequence"], "\(file)")
      #expect(index.contains(file), "\(file)")
    }
    #expect(Set(decisions.map { $0.file.lastPathComponent.prefix(4) }).count == decisions.count)
  }

  @Test func `the glossary has at most 12 rows`() throws {
    let glossary = try page("Sources/README.md").lines.drop { $0 != "| word | meaning |" }.dropFirst(2)
    let rows = glossary.prefix { $0.hasPrefix("|") }
    #expect((1...12).contains(rows.count))
  }
}
