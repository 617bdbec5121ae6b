import Core
import Database
import Foundation
import S3
import Signing
import TestSupport
import Testing

@testable import Catalog

@Suite struct DownloadsTests {
  private let shelf: Shelf
  private let downloads: Downloads

  init() throws {
    shelf = try Shelf()
    let endpoint = try #require(S3Endpoint("https://files.example.com"))
    let credentials = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "very-secret-key")
    let signer = S3Store(S3Configuration(endpoint: endpoint, credentials: credentials))
    downloads = Downloads(bucket: "uploads-raw", signer: signer, database: shelf.database)
  }

  private func url(_ file: FileID, _ kind: ContentDisposition.Kind = .attachment) throws -> URLComponents {
    try #require(URLComponents(string: downloads.url(of: file, for: shelf.user, kind, at: .now)))
  }

  @Test func `a URL names the judged version, the owner's name for the file and its type, and lives a minute`() throws {
    let file = try shelf.ready(.private)
    let url = try url(file)
    #expect(url.host == "files.example.com" && url.path == "/uploads-raw/ann/\(file)/original.jpg")
    let query = Dictionary((url.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { $1 }
    #expect(query["versionId"] == "v1" && query["X-Amz-Expires"] == "60")
    #expect(
      query["response-content-disposition"] == "attachment; filename=\"s__.jpg\"; filename*=UTF-8''s%C3%BC%C3%9F.jpg"
    )
    #expect(query["response-content-type"] == "image/jpeg")
    #expect(query["response-content-encoding"] == "identity")
    #expect(query["response-cache-control"] == "private, no-store")
  }

  @Test func `on a store without versions the kept copy is handed out`() throws {
    let file = try shelf.ready(version: nil)
    let url = try url(file)
    #expect(url.path == "/uploads-raw/ann/\(file)/kept.jpg")
    #expect(url.queryItems?.contains { $0.name == "versionId" } == false)
  }

  @Test func `unknown, foreign and unready files are the same`() throws {
    let (bob, ready) = (try #require(UserID("bob")), try shelf.ready())
    #expect(throws: StorageError.notFound) { try downloads.url(of: ready, for: bob, .attachment, at: .now) }
    let deleted = try shelf.ready()
    try #require(try shelf.database.delete(deleted, of: shelf.user, at: .now))
    for file in [FileID(at: .now), try shelf.pending(), try shelf.rejected(), deleted] {
      #expect(throws: StorageError.notFound) { try url(file) }
    }
  }

  @Test func `only what browsers open safely is shown`() throws {
    let query = try url(shelf.ready(), .inline).queryItems
    #expect(query?.contains { $0.value?.hasPrefix("inline; ") == true } == true)
    #expect(throws: StorageError.invalidRequest("disposition: only images and PDF are shown inline")) {
      try url(shelf.ready(type: .docx), .inline)
    }
    #expect(throws: Never.self) { try url(shelf.ready(type: .docx)) }
  }
}
