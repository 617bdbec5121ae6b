import Foundation
import Testing

@Suite struct StyleTests {
  @Test func `only Database contains SQL`() throws {
    let statement = /"[^"]*\b(SELECT .* FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|PRAGMA )/
    for file in try SourceTree.swiftFiles() where file.target != "Database" {
      #expect(file.text.firstMatch(of: statement) == nil, "\(file.name)")
    }
  }

  @Test func `no file is longer than 300 lines`() throws {
    for folder in ["Sources", "Tests"] {
      for file in try SourceTree.swiftFiles(folder) { #expect(file.lines.count <= 301, "\(file.name)") }
    }
  }

  @Test func `no product code can crash its process with try!, as! or fatalError`() throws {
    let force = /\btry!|\bas!|\bfatalError\(/
    for file in try SourceTree.swiftFiles() {
      #expect(file.text.firstMatch(of: force) == nil, "\(file.name)")
    }
  }

  @Test func `text goes to a stream by a call that survives a closed one`() throws {
    let unsafe = /\.write\(Data\(|FileHandle\.\w+\.write\((?!text:|contentsOf:)/
    for file in try SourceTree.swiftFiles() { #expect(file.text.firstMatch(of: unsafe) == nil, "\(file.name)") }
  }

  @Test func `no type is named Manager, Helper, Util or Service`() throws {
    let name = /\b(?:struct|class|enum|protocol|actor) \w*(?:Manager|Helper|Util|Utils|Service)\b/
    for file in try SourceTree.swiftFiles() { #expect(file.text.firstMatch(of: name) == nil, "\(file.name)") }
  }
}
