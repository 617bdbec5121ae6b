import Core
import Foundation
import Testing

@testable import Database

/// Listings in other orders than newest first.
@Suite struct FileOrderTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 1_000_000) }

  /// Creates files with these names and sizes, a second apart, and deletes or completes none.
  private func make(_ files: [(name: String, size: Int64)]) throws {
    for (second, file) in files.enumerated() {
      let now = DatabaseFixture.epoch + TimeInterval(second)
      let claim = try UploadClaim(
        filename: file.name,
        size: file.size,
        contentType: "image/jpeg",
        visibility: second % 2 == 0 ? "private" : "public",
        policy: UploadPolicy()
      )
      let key = RawKey(user: user, file: FileID(at: now), type: .jpeg)
      try #require(database.reserve(NewUpload(key: key, claim: claim, expiresAt: now + 900), at: now) == .reserved)
    }
    // Two states, so that a page is put together from two queries.
    for file in try database.files(of: user, FileFilter(visibility: "public")).files {
      _ = try database.receive(file.id, at: DatabaseFixture.epoch)
    }
  }

  private func all(_ filter: FileFilter, _ order: FileOrder, limit: Int, examining: Int = 20_000) throws -> [String] {
    var names: [String] = []
    var last: FileID?
    var pages = 0
    repeat {
      let page = try database.files(of: user, filter, in: order, after: last, limit: limit, examining: examining)
      #expect(page.files.count <= limit)
      names += page.files.map(\.filename)
      last = page.next
      pages += 1
    } while last != nil && pages < 40
    return names
  }

  private static let files: [(name: String, size: Int64)] = [
    ("b.jpg", 30), ("Ä.jpg", 10), ("a.jpg", 30), ("A.jpg", 5), ("B.jpg", 30), ("Zebra.jpg", 200), ("10.jpg", 1),
    ("9.jpg", 2),
  ]

  @Test(arguments: FileOrder.allCases, [1, 3, 8, 100])
  func `pages of every order follow one another without duplicates or gaps`(order: FileOrder, limit: Int) throws {
    try make(Self.files)
    let numbered = Self.files.enumerated().map { (place: $0.offset, name: $0.element.name, size: $0.element.size) }
    let byName = ["10.jpg", "9.jpg", "a.jpg", "A.jpg", "b.jpg", "B.jpg", "Zebra.jpg", "Ä.jpg"]
    let bySize = numbered.sorted { ($0.size, $0.place) < ($1.size, $1.place) }.map(\.name)
    let byTime = numbered.map(\.name)
    let expected =
      switch order {
      case .newest: Array(byTime.reversed())
      case .oldest: byTime
      case .name: byName
      case .nameDescending: Array(byName.reversed())
      case .smallest: bySize
      case .largest: Array(bySize.reversed())
      }
    #expect(try all(FileFilter(), order, limit: limit) == expected)
    let jpegs = try all(FileFilter(type: "image/*", name: "B"), order, limit: limit)
    #expect(jpegs == expected.filter { $0.lowercased().contains("b") })
  }

  @Test func `an order by time reads a limited number of files per page and reaches them all, by name the newest`()
    throws
  {
    try make(Self.files)
    #expect(try all(FileFilter(name: "b"), .oldest, limit: 10, examining: 1) == ["b.jpg", "B.jpg", "Zebra.jpg"])
    // The two newest of each state.
    #expect(try all(FileFilter(), .name, limit: 1, examining: 2) == ["10.jpg", "9.jpg", "B.jpg", "Zebra.jpg"])
  }

  @Test func `the list goes on behind a file that was deleted in the meantime`() throws {
    try make(Self.files)
    let page = try database.files(of: user, FileFilter(), in: .name, after: nil, limit: 3)
    let last = try #require(page.next)
    try #require(try database.delete(last, of: user, at: DatabaseFixture.epoch))
    let rest = try database.files(of: user, FileFilter(), in: .name, after: last, limit: 10)
    #expect(rest.files.map(\.filename) == ["A.jpg", "b.jpg", "B.jpg", "Zebra.jpg", "Ä.jpg"])
  }
}
