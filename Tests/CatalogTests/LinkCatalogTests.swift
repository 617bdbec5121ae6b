import Catalog
import Core
import Database
import Foundation
import TestSupport
import Testing

@Suite struct LinkCatalogTests {
  private let fixture: CatalogFixture
  private let links: LinkCatalog

  init() throws {
    fixture = try CatalogFixture()
    links = LinkCatalog(database: fixture.database, baseURL: "https://app.example.com")
  }

  private func make(_ file: FileID, seconds: Int? = nil, disposition: String? = nil, at now: Date = .now) throws
    -> LinkCatalog.Made
  {
    try links.make(LinkTerms(seconds: seconds, disposition: disposition), to: file, of: fixture.user, at: now)
  }

  @Test func `a link's URL is shown once, and is not stored in the database`() throws {
    let file = try fixture.ready()
    let made = try make(file, seconds: 3600, disposition: "inline")
    let secret = String(made.url.dropFirst("https://app.example.com/v1/links/".count))
    #expect(LinkSecret(secret) != nil)
    let listed = try links.links(to: file, of: fixture.user, at: .now).links
    #expect(listed.map(\.id) == [made.id] && listed[0].disposition == "inline")
    #expect(abs(listed[0].expiresAt.timeIntervalSince(listed[0].createdAt) - 3600) < 0.01)
    for name in ["stowage.sqlite", "stowage.sqlite-wal"] {
      let bytes = try Data(contentsOf: URL(filePath: fixture.folder.file(name)))
      #expect(bytes.range(of: Data(secret.utf8)) == nil && !bytes.isEmpty, "\(name)")
    }
  }

  @Test func `only ready files have links, and a link displays only types that browsers open safely`() throws {
    for (file, state) in [(try fixture.pending(), "pending"), (try fixture.rejected(), "rejected")] {
      let words = "It is \(state); only ready files have links."
      #expect(throws: StorageError.wrongState(detail: words)) { try make(file) }
    }
    let document = try fixture.ready(type: .docx)
    #expect(throws: StorageError.invalidRequest("disposition: only images and PDF are shown inline")) {
      try make(document, disposition: "inline")
    }
    #expect(throws: Never.self) { try make(document) }
  }

  @Test func `a file has at most a hundred links, not counting expired ones`() throws {
    let file = try fixture.ready()
    let long = try (0..<99).map { _ in try make(file) }
    _ = try make(file, seconds: 60)
    #expect(throws: StorageError.tooManyLinks(limit: 100)) { try make(file) }
    #expect(throws: Never.self) { try make(file, at: .now + 61) }
    #expect(throws: StorageError.tooManyLinks(limit: 100)) { try make(file, at: .now + 61) }
    try links.revoke(#require(LinkID(long[0].id)), to: file, of: fixture.user)
    #expect(throws: Never.self) { try make(file, at: .now + 61) }
  }

  @Test func `only the owner can make, list or revoke links`() throws {
    let file = try fixture.ready()
    let link = try #require(LinkID(make(file).id))
    let bob = try #require(UserID("bob"))
    let unknown = FileID(at: .now)
    for (file, user) in [(file, bob), (unknown, fixture.user)] {
      #expect(throws: StorageError.notFound) {
        try links.make(LinkTerms(seconds: nil, disposition: nil), to: file, of: user, at: .now)
      }
      #expect(throws: StorageError.notFound) { try links.links(to: file, of: user, at: .now) }
      #expect(throws: StorageError.notFound) { try links.revoke(link, to: file, of: user) }
    }
    #expect(try links.links(to: file, of: fixture.user, at: .now).links.count == 1)
  }
}
