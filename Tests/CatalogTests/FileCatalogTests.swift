import Catalog
import Core
import Database
import Foundation
import TestSupport
import Testing

@Suite struct FileCatalogTests {
  private let fixture: CatalogFixture

  init() throws { fixture = try CatalogFixture() }

  private func members(_ file: FileID) throws -> [String: Any] {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    let data = try encoder.encode(fixture.files.file(file, of: fixture.user))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func `unknown files and files of others are not found`() throws {
    let file = try fixture.ready()
    let bob = try #require(UserID("bob"))
    #expect(throws: StorageError.notFound) { try fixture.files.file(file, of: bob) }
    #expect(throws: StorageError.notFound) { try fixture.files.file(FileID(at: .now), of: fixture.user) }
  }

  @Test func `a pending file shows its claim, and no member that is unknown yet`() throws {
    let members = try members(fixture.pending())
    #expect(
      Set(members.keys) == [
        "id", "filename", "contentType", "kind", "size", "state", "visibility", "createdAt", "variants",
      ]
    )
    #expect(members["kind"] as? String == "image")
    #expect(members["state"] as? String == "pending" && members["size"] as? Int == 100)
    #expect(members["filename"] as? String == "süß.jpg" && members["visibility"] as? String == "public")
    #expect((members["variants"] as? [Any])?.isEmpty == true)
  }

  @Test func `a ready file shows what is stored, and the URLs of its variants`() throws {
    let file = try fixture.ready()
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
    let file = try fixture.ready()
    for variant in try fixture.files.file(file, of: fixture.user).variants {
      let path = variant.url.dropFirst(CatalogFixture.imagesURL.count)
      guard case .image = try fixture.images.find(String(path)) else {
        Issue.record("\(path)")
        continue
      }
    }
  }

  @Test func `a rejected file shows the reason`() throws {
    let members = try members(fixture.rejected())
    #expect(members["state"] as? String == "rejected" && members["reason"] as? String == "malware")
    #expect((members["variants"] as? [Any])?.isEmpty == true)
  }

  @Test func `a file above a limit shows the limit and its value`() throws {
    let exceeded = ExceededLimit(.pixels, 199_756_800, limit: 110_000_000, width: 16_320, height: 12_240)
    let detail = try members(fixture.rejected(.dimensionsExceeded, exceeded))["reasonDetail"] as? [String: Any]
    #expect(detail?["limit"] as? String == "pixels" && detail?["maximum"] as? Int == 110_000_000)
    #expect(detail?["value"] as? Int == 199_756_800)
    #expect(detail?["width"] as? Int == 16_320 && detail?["height"] as? Int == 12_240)
    #expect(detail?["text"] as? String == "16,320 × 12,240 pixels: 199.8 megapixels, and the limit is 110")
    let frames = ExceededLimit(.frames, 501, limit: 500)
    let short = try members(fixture.rejected(.dimensionsExceeded, frames))["reasonDetail"] as? [String: Any]
    #expect(short?.keys.sorted() == ["limit", "maximum", "text", "value"])
    #expect(try members(fixture.rejected())["reasonDetail"] == nil)
  }

  @Test func `the URL of an image begins with its visibility`() throws {
    for visibility in Visibility.allCases {
      let urls = try fixture.files.file(fixture.ready(visibility), of: fixture.user).variants.map(\.url)
      let start = "\(CatalogFixture.imagesURL)/\(visibility.pathPrefix)/\(fixture.user)/"
      #expect(urls.count == 2 && urls.allSatisfy { $0.hasPrefix(start) })
    }
  }

  @Test func `a file that is no longer ready shows no URL`() throws {
    let file = try fixture.ready()
    #expect(try fixture.database.delete(file, of: fixture.user, at: .now))
    let shown = try fixture.files.file(file, of: fixture.user)
    #expect(shown.state == "deleted" && shown.variants.isEmpty)
  }

  @Test func `a deleted file shows until when it can be restored, if it can`() throws {
    let file = try fixture.ready()
    let deletion = Date(timeIntervalSince1970: 1_800_000_000)
    try #require(try fixture.database.delete(file, of: fixture.user, at: deletion))
    #expect(try fixture.files.file(file, of: fixture.user).deletesAt == deletion + 30 * 86_400)
    let pending = try fixture.pending()
    #expect(try fixture.files.file(pending, of: fixture.user).deletesAt == nil)
    try #require(try fixture.database.delete(pending, of: fixture.user, at: deletion))
    #expect(try fixture.files.file(pending, of: fixture.user).deletesAt == nil)
  }

  @Test func `a ready file shows when it is deleted by age, if it is`() throws {
    let file = try fixture.ready()
    let arrival = try #require(try fixture.database.file(file)?.receivedAt)
    func deletesAt(_ catalog: FileCatalog) throws -> Date? { try catalog.file(file, of: fixture.user).deletesAt }
    #expect(try deletesAt(fixture.files) == arrival + 365 * 86_400)
    let never = FileCatalog(database: fixture.database, imagesURL: "https://a", retention: RetentionRule(days: nil))
    #expect(try deletesAt(never) == nil)
    _ = try fixture.database.change(fixture.user, plan: .premium, quotaBytes: nil, at: .now)
    #expect(try deletesAt(fixture.files) == nil)
    let change = arrival + 400 * 86_400
    _ = try fixture.database.change(fixture.user, plan: .standard, quotaBytes: nil, at: change)
    #expect(try deletesAt(fixture.files) == change + 30 * 86_400)
  }

  @Test func `only an administrator sees what deleted a file`() throws {
    let file = try fixture.ready()
    let due = Date.now + 366 * 86_400
    _ = try fixture.database.deleteAged([file], of: fixture.user, by: RetentionRule(), run: "r", at: due)
    let record = try #require(try fixture.database.file(file))
    #expect(fixture.files.description(of: record).removal == "cleanup:r")
    #expect(try fixture.files.file(file, of: fixture.user).removal == nil)
  }

  @Test func `a list shows each file as its record does`() throws {
    let files = [try fixture.ready(), try fixture.rejected(), try fixture.pending(), try fixture.ready(.private)]
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let page = try fixture.files.files(of: fixture.user, FileFilter(), after: nil, limit: 10)
    #expect(page.next == nil && Set(page.files.map(\.id)) == Set(files.map(\.description)))
    for shown in page.files {
      let file = try #require(FileID(shown.id))
      #expect(try encoder.encode(shown) == encoder.encode(fixture.files.file(file, of: fixture.user)))
    }
    let bob = try #require(UserID("bob"))
    #expect(try fixture.files.files(of: bob, FileFilter(), after: nil, limit: 10).files.isEmpty)
  }

  @Test func `a change shows in the record and in the prefixes of URLs, while the keys stay`() throws {
    let file = try fixture.ready(.private)
    let change = try FileChange(filename: "new.jpg", visibility: "public")
    let changed = try fixture.files.change(file, of: fixture.user, to: change, at: .now)
    #expect(changed.filename == "new.jpg" && changed.visibility == "public")
    let urls = changed.variants.map(\.url)
    #expect(
      urls.count == 2 && urls.allSatisfy { $0.hasPrefix("https://cdn.example.com/images/ann/\(file)/\(version())/") }
    )
  }

  @Test func `a change is refused if the file has ended, the condition fails, or owner or type do not match`() throws {
    let file = try fixture.ready()
    let rename = try FileChange(filename: "new.jpg", visibility: nil)
    func change(_ file: FileID, _ change: FileChange? = nil, if isExpected: Bool = true) throws {
      _ = try fixture.files.change(file, of: fixture.user, to: change ?? rename, if: { _ in isExpected }, at: .now)
    }
    #expect(throws: StorageError.recordChanged) { try change(file, if: false) }
    #expect(throws: StorageError.notFound) { try change(FileID(at: .now)) }
    #expect(throws: StorageError.self) { try change(file, FileChange(filename: "new.png", visibility: nil)) }
    let bob = try #require(UserID("bob"))
    #expect(throws: StorageError.notFound) { try fixture.files.change(file, of: bob, to: rename, at: .now) }
    try #require(try fixture.database.delete(file, of: fixture.user, at: .now))
    for (file, state) in [(file, "deleted"), (try fixture.rejected(), "rejected")] {
      let words = "It is \(state); pending, received and ready files can be changed."
      #expect(throws: StorageError.wrongState(detail: words)) { try change(file) }
    }
  }
}
