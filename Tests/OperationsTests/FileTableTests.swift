import Core
import Database
import Foundation
import Testing

@testable import Operations

@Suite struct FileTableTests {
  private let jobs: JobFixture

  init() throws { jobs = try JobFixture() }

  private func record(_ file: FileID) throws -> FileRecord { try #require(try jobs.database.file(file)) }

  @Test func `columns stand below their names, with and without the owner`() throws {
    let file = try record(jobs.received())
    for showsOwner in [true, false] {
      let table = FileTable(width: 160, showsOwner: showsOwner)
      let line = try #require(table.lines(file).first)
      for (name, value) in [("STATE", "received"), ("SIZE", "2 kB"), ("NAME", file.filename)] {
        let column = try #require(table.header.firstRange(of: name)).lowerBound
        let offset = table.header.distance(from: table.header.startIndex, to: column)
        #expect(line.dropFirst(offset).hasPrefix(value), "\(line)")
      }
      #expect(line.contains("  ann  ") == showsOwner)
    }
  }

  @Test func `a line fits the terminal, whatever the name holds`() throws {
    let file = try record(jobs.received())
    for width in [80, 100, 200] {
      for line in FileTable(width: width, showsOwner: false).lines(file) { #expect(line.count <= width) }
    }
  }

  @Test func `a single file is shown with its digest and times`() throws {
    let facts = Dictionary(
      FileTable.facts(try record(jobs.received()), RetentionRule()),
      uniquingKeysWith: { first, _ in first }
    )
    #expect(facts["owner"] == "ann" && facts["state"] == "received" && facts["size"] == "2 kB")
    #expect(facts["sha256"] == nil && facts["created"]?.hasPrefix("20") == true)
  }
}
