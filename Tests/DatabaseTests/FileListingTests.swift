import Core
import Foundation
import Testing

@testable import Database

@Suite struct FileListingTests: DatabaseSuite {
  let fixture: DatabaseFixture

  init() throws { fixture = try DatabaseFixture(quota: 1_000_000) }

  /// Creates a file of this name and type, this many seconds after the fixture's start.
  @discardableResult
  private func file(
    _ name: String = "photo.jpg",
    type: FileType = .jpeg,
    visibility: String = "private",
    of owner: UserID? = nil,
    at second: Int
  ) throws -> FileID {
    let now = DatabaseFixture.epoch + TimeInterval(second)
    let claim = try UploadClaim(
      filename: name,
      size: 10,
      contentType: type.contentType,
      visibility: visibility,
      policy: UploadPolicy()
    )
    let key = RawKey(user: owner ?? user, file: FileID(at: now), type: type)
    try #require(database.reserve(NewUpload(key: key, claim: claim, expiresAt: now + 900), at: now) == .reserved)
    return key.file
  }

  private func makeReady(_ file: FileID) throws {
    _ = try database.receive(file, at: DatabaseFixture.epoch)
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: DatabaseFixture.epoch))
    try #require(try database.publish(publication(of: file, user, size: 10), under: job, at: DatabaseFixture.epoch))
    try #require(try database.finish(job, at: DatabaseFixture.epoch))
  }

  private func names(_ filter: FileFilter) throws -> [String] {
    try database.files(of: user, filter).files.map(\.filename)
  }

  @Test(arguments: [1, 2, 3, 7, 20]) func `pages follow one another, newest first, without duplicates or gaps`(
    limit: Int
  ) throws {
    let other = try fixture.makeUser("bob")
    var all: [FileID] = []
    for second in 0..<7 {
      all.insert(try file(at: second), at: 0)
      try file(of: other, at: second)
    }
    for file in all[2...3] { try makeReady(file) }
    try #require(try database.delete(all[4], of: user, at: DatabaseFixture.epoch))
    var seen: [FileID] = []
    var last: FileID?
    var pages = 0
    repeat {
      let page = try database.files(of: user, FileFilter(), after: last, limit: limit)
      #expect(page.files.count <= limit)
      seen += page.files.map(\.id)
      last = page.next
      pages += 1
    } while last != nil && pages < 20
    #expect(seen == all.filter { $0 != all[4] }, "deleted files are listed when they are asked for")
    #expect(pages == (6 + limit - 1) / limit)
    #expect(try database.files(of: user, FileFilter(states: "deleted,pending")).files.map(\.id).contains(all[4]))
  }

  @Test(arguments: [1, 3, 50]) func `the files of all users follow one another, newest first`(limit: Int) throws {
    let others = [try fixture.makeUser("bob"), try fixture.makeUser("carl")]
    let all = try (0..<7).map { try file("\($0).jpg", of: $0 % 3 == 0 ? nil : others[$0 % 3 - 1], at: $0) }
    try makeReady(all[4])
    try #require(try database.delete(all[1], of: others[0], at: DatabaseFixture.epoch))
    var seen: [FileRecord] = []
    var last: FileID?
    repeat {
      let page = try database.filesOfAll(FileFilter(), after: last, limit: limit, examining: 3)
      #expect(page.files.count <= limit)
      seen += page.files
      last = page.next
    } while last != nil && seen.count < 20
    #expect(try seen == all.reversed().filter { $0 != all[1] }.map { try database.record($0) })
    #expect(Set(seen.map(\.user)) == Set([user] + others) && seen.first { $0.id == all[4] }?.variants.count == 3)
    #expect(try database.filesOfAll(FileFilter(states: "deleted")).files.map(\.id) == [all[1]])
    #expect(try database.filesOfAll(FileFilter(name: "6")).files.map(\.id) == [all[6]])
  }

  @Test func `a page contains each file's own variants`() throws {
    let files = try (0..<3).map { try file(at: $0) }
    try makeReady(files[0])
    try makeReady(files[2])
    let page = try database.files(of: user, FileFilter())
    #expect(try page.files == files.reversed().map { try database.record($0) })
    #expect(page.files.map(\.variants.count) == [3, 0, 3])
  }

  @Test func `states, types and visibility filter the list`() throws {
    let photo = try file("a.jpg", visibility: "public", at: 0)
    try file("b.pdf", type: .pdf, at: 1)
    try file("c.png", type: .png, at: 2)
    try makeReady(photo)
    #expect(try names(FileFilter(states: "ready")) == ["a.jpg"])
    #expect(try names(FileFilter(states: "pending,ready")) == ["c.png", "b.pdf", "a.jpg"])
    #expect(try names(FileFilter(type: "image/*")) == ["c.png", "a.jpg"])
    #expect(try names(FileFilter(type: "image/png")) == ["c.png"])
    #expect(try names(FileFilter(type: "application/*")) == ["b.pdf"])
    #expect(try names(FileFilter(type: "application/p_f")) == [])
    #expect(try names(FileFilter(visibility: "private")) == ["c.png", "b.pdf"])
    #expect(try names(FileFilter(states: "ready", type: "image/*", name: "A", visibility: "public")) == ["a.jpg"])
  }

  @Test(arguments: [
    ("ÜBUNG", ["Übung 1.jpg"]), ("bung 1", ["Übung 1.jpg"]), ("u\u{308}bung", ["Übung 1.jpg"]),
    ("100%", ["100%_!.jpg"]),
    ("%_!", ["100%_!.jpg"]), ("0%!", []), ("%", ["100%_!.jpg"]), ("_", ["100%_!.jpg"]), ("!", ["100%_!.jpg"]),
    ("strasse", ["Straße.jpg"]), ("STRASSE", ["Straße.jpg"]), ("ß", ["Straße.jpg"]), ("ΣΑΣ", ["Σας.jpg"]),
    ("'; DROP TABLE files; --", []), ("\\", []), ("*", []), ("文", ["文件.jpg"]), ("ubung", []),
  ])
  func `names are found by any substring, in any case of any script`(part: String, found: [String]) throws {
    for (second, name) in ["Übung 1.jpg", "100%_!.jpg", "Straße.jpg", "Σας.jpg", "文件.jpg"].enumerated() {
      try file(name, at: second)
    }
    #expect(try names(FileFilter(name: part)) == found)
  }

  @Test func `a filter that few files pass reads a limited number of files per page, and continues`() throws {
    let rare = try [0, 11].map { try file("needle.jpg", at: $0) }
    for second in 1...10 { try file("hay.jpg", at: second) }
    try makeReady(rare[1])
    let filter = try FileFilter(name: "needle")
    var seen: [FileID] = []
    var last: FileID?
    var lengths: [Int] = []
    repeat {
      let page = try database.files(of: user, filter, after: last, limit: 10, examining: 4)
      seen += page.files.map(\.id)
      lengths.append(page.files.count)
      last = page.next
    } while last != nil && lengths.count < 10
    #expect(seen == rare.reversed() && lengths == [1, 0, 1])
  }

  @Test func `a renamed file is found by its new name`() throws {
    let renamed = try file("old.jpg", at: 0)
    let change = try FileChange(filename: "NEU.jpg", visibility: nil)
    try #require(try database.change(database.record(renamed), to: change, at: DatabaseFixture.epoch))
    #expect(try names(FileFilter(name: "neu")) == ["NEU.jpg"] && names(FileFilter(name: "old")) == [])
  }
}
