import Core
import Foundation
import Testing

@Suite struct VersionTests {
  private func text(_ name: String) throws -> String {
    try String(contentsOf: SourceTree.root.appending(path: name), encoding: .utf8)
  }

  @Test func `the programs have the version of the file VERSION`() throws {
    #expect(try text("VERSION") == Version.current + "\n")
    #expect(Version.current.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+/) != nil)
  }

  @Test func `the changelog has a section for the version, below the unreleased changes`() throws {
    let sections = try text("CHANGELOG.md").matches(of: /(?m)^## \[([^\]]+)\]/).map { String($0.1) }
    #expect(sections.starts(with: ["Unreleased", Version.current]))
  }
}
