import Catalog
import Core
import Database
import Foundation
import TestSupport
import Testing

@Suite struct FileCatalogTests {
  private let shelf: Shelf

  init() throws { shelf = try Shelf() }

  private func members(_ file: FileID) throws -> [String: Any] {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    let data = try encoder.encode(shelf.files.file(file, of: shelf.user))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func `an unknown and a foreign file are both not found`() throws {
    let file = try shelf.ready()
    let bob = try #require(UserID("bob"))
    #expect(throws: StorageError.notFound) { try shelf.files.file(file, of: bob) }
    #expect(throws: StorageError.notFound) { try shelf.files.file(FileID(at: .now), of: shelf.user) }
  }

  @Test func `a pending file shows what was claimed, and nothing that is not known`() throws {
    let members = try members(shelf.pending())
    #expect(
      Set(members.keys) == [
        "id", "filename", "contentType", "size", "state", "visibility", "createdAt", "variants",
      ]
    )
    #expect(members["state"] as? String == "pending" && members["size"] as? Int == 100)
    #expect(members["filename"] as? String == "süß.jpg" && members["visibility"] as? String == "public")
    #expect((members["variants"] as? [Any])?.isEmpty == true)
  }

  @Test func `a ready file shows what is stored, and where its variants are`() throws {
    let file = try shelf.ready()
    let members = try members(file)
    #expect(members["state"] as? String == "ready" && members["size"] as? Int == 99)
    #expect(members["sha256"] as? String == String(repeating: "a", count: 64))
    #expect(members["readyAt"] is String && members["reason"] == nil)
    let variants = try #require(members["variants"] as? [[String: Any]])
    #expect(variants.map { $0["name"] as? String } == ["original", "thumb"])
    #expect(
      variants.map { $0["url"] as? String }
        == ["original.jpg", "thumb.webp"].map {
          "https://cdn.example.com/images/ann/\(file)/\(version())/\($0)"
        }
    )
    let expected: Set<String> = ["name", "url", "contentType", "width", "height", "size"]
    #expect(Set(variants[1].keys) == expected && variants[1]["size"] as? Int == 10)
  }

  @Test func `every URL that is shown is served`() throws {
    let file = try shelf.ready()
    for variant in try shelf.files.file(file, of: shelf.user).variants {
      let path = variant.url.dropFirst(Shelf.imagesURL.count)
      guard case .image = try shelf.images.find(String(path)) else {
        Issue.record("\(path)")
        continue
      }
    }
  }

  @Test func `a refused file shows why`() throws {
    let members = try members(shelf.rejected())
    #expect(members["state"] as? String == "rejected" && members["reason"] as? String == "malware")
    #expect((members["variants"] as? [Any])?.isEmpty == true)
  }

  @Test func `a file that is not public, or no longer ready, shows no URL that nobody would serve`() throws {
    for visibility in [Visibility.private, .premium] {
      let file = try shelf.ready(visibility)
      #expect(try shelf.files.file(file, of: shelf.user).variants.isEmpty)
    }
    let file = try shelf.ready()
    #expect(try shelf.database.delete(file, of: shelf.user, at: .now))
    let shown = try shelf.files.file(file, of: shelf.user)
    #expect(shown.state == "deleted" && shown.variants.isEmpty)
  }
}
