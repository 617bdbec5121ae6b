import Core
import Database
import Foundation
import S3
import Signing
import TestSupport
import Testing

@testable import Catalog

@Suite struct DownloadsTests {
  private let fixture: CatalogFixture
  private let downloads: Downloads
  private let byNginx: Downloads
  private let links: LinkCatalog

  init() throws {
    fixture = try CatalogFixture()
    let publicEndpoint = try #require(S3Endpoint("https://files.example.com"))
    let configuration = S3Configuration(
      endpoint: try #require(S3Endpoint("http://10.0.0.9:9000")),
      publicEndpoint: publicEndpoint,
      credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "very-secret-key")
    )
    let (signer, database) = (S3Store(configuration), fixture.database)
    downloads = Downloads(bucket: "uploads-raw", signer: signer, database: database)
    byNginx = Downloads(bucket: "uploads-raw", signer: signer, database: database, route: .nginx)
    links = LinkCatalog(database: database, baseURL: "https://app.example.com")
  }

  private func secret(_ file: FileID, _ terms: LinkTerms) throws -> LinkSecret {
    let link = try links.make(terms, to: file, of: fixture.user, at: .now)
    #expect(link.url.hasPrefix("https://app.example.com/v1/links/"))
    return try #require(LinkSecret(String(link.url.suffix(64))))
  }

  private func url(_ file: FileID, _ kind: ContentDisposition.Kind = .attachment) throws -> URLComponents {
    try #require(URLComponents(string: downloads.download(file, for: fixture.user, kind, at: .now).url))
  }

  @Test func `a URL contains the checked version, the file name and the type, and is valid for a minute`() throws {
    let file = try fixture.ready(.private)
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

  @Test func `on a store without versions the URL leads to the kept copy`() throws {
    let file = try fixture.ready(version: nil)
    let url = try url(file)
    #expect(url.path == "/uploads-raw/ann/\(file)/kept.jpg")
    #expect(url.queryItems?.contains { $0.name == "versionId" } == false)
  }

  @Test func `unknown files, files of others and files that are not ready get the same error`() throws {
    let (bob, ready) = (try #require(UserID("bob")), try fixture.ready())
    #expect(throws: StorageError.notFound) { try downloads.download(ready, for: bob, .attachment, at: .now) }
    let deleted = try fixture.ready()
    try #require(try fixture.database.delete(deleted, of: fixture.user, at: .now))
    for file in [FileID(at: .now), try fixture.pending(), try fixture.rejected(), deleted] {
      #expect(throws: StorageError.notFound) { try url(file) }
    }
  }

  @Test func `only types that browsers open safely are displayed inline`() throws {
    let query = try url(fixture.ready(), .inline).queryItems
    #expect(query?.contains { $0.value?.hasPrefix("inline; ") == true } == true)
    #expect(throws: StorageError.invalidRequest("disposition: only images and PDF are shown inline")) {
      try url(fixture.ready(type: .docx), .inline)
    }
    #expect(throws: Never.self) { try url(fixture.ready(type: .docx)) }
  }

  @Test func `a plain file is downloaded as an attachment only, with its type`() throws {
    let file = try fixture.ready(plain: "application/x-foo=foo", named: "a.foo")
    #expect(try fixture.files.file(file, of: fixture.user).kind == "plain")
    #expect(throws: StorageError.invalidRequest("disposition: only images and PDF are shown inline")) {
      try url(file, .inline)
    }
    let download = try byNginx.download(file, for: fixture.user, .attachment, at: .now)
    #expect(download.target.hasPrefix("/uploads-raw/ann/\(file)/original.bin?"))
    #expect(download.contentType == "application/x-foo")
    #expect(download.disposition.description == "attachment; filename=\"a.foo\"")
  }

  @Test func `a download's name has at most 255 bytes`() throws {
    let file = try fixture.ready()
    for (name, saved) in [
      (String(repeating: "a", count: 255), String(repeating: "a", count: 251) + ".jpg"),
      (String(repeating: "ä", count: 127), String(repeating: "ä", count: 125) + ".jpg"),
    ] {
      let change = try FileChange(filename: name, visibility: nil)
      _ = try fixture.files.change(file, of: fixture.user, to: change, at: .now)
      for kind in [ContentDisposition.Kind.inline, .attachment] {
        let download = try byNginx.download(file, for: fixture.user, kind, at: .now)
        #expect(download.disposition == ContentDisposition(kind, named: saved))
      }
    }
  }

  @Test func `nginx gets path and query for the store's address on this node, and the headers for browsers`() throws {
    let file = try fixture.ready()
    let download = try byNginx.download(file, for: fixture.user, .attachment, at: .now)
    #expect(download.url == "http://10.0.0.9:9000" + download.target)
    #expect(download.target.hasPrefix("/uploads-raw/ann/\(file)/original.jpg?"))
    #expect(download.target.contains("versionId=v1") && !download.target.contains("response-"))
    #expect(download.contentType == "image/jpeg")
    #expect(download.disposition.description.hasPrefix("attachment; filename=\"s__.jpg\""))
  }

  @Test func `a link leads to the owner's bytes until it is revoked or the file is deleted`() throws {
    let file = try fixture.ready(.private)
    let secret = try secret(file, LinkTerms(seconds: nil, disposition: "inline"))
    let download = try downloads.download(by: secret, at: .now)
    #expect(
      download.url.contains("/ann/\(file)/original.jpg?") && download.disposition.description.hasPrefix("inline;")
    )
    try #require(try fixture.database.delete(file, of: fixture.user, at: .now))
    #expect(throws: StorageError.notFound) { try downloads.download(by: secret, at: .now) }
    #expect(try fixture.database.restore(file, of: fixture.user, variants: [], deletedAfter: .now - 60, at: .now))
    #expect(throws: Never.self) { try downloads.download(by: secret, at: .now) }
    let listed = try #require(try links.links(to: file, of: fixture.user, at: .now).links.first)
    try links.revoke(#require(LinkID(listed.id)), to: file, of: fixture.user)
    #expect(throws: StorageError.notFound) { try downloads.download(by: secret, at: .now) }
  }

  @Test func `an expired link gets the same error as one that never existed`() throws {
    let secret = try secret(fixture.ready(), LinkTerms(seconds: 60, disposition: nil))
    #expect(throws: Never.self) { try downloads.download(by: secret, at: .now + 50) }
    #expect(throws: StorageError.notFound) { try downloads.download(by: secret, at: .now + 61) }
    #expect(throws: StorageError.notFound) { try downloads.download(by: LinkSecret(), at: .now) }
  }

  @Test(arguments: [DownloadRoute.redirect, .nginx])
  func `a download is signed while the session lasts a minute, and is unavailable after that`(route: DownloadRoute)
    throws
  {
    let file = try fixture.ready(.private)
    let now = Date.now
    func download(endingAfter seconds: Double) throws -> Download {
      let credentials = Credentials(
        accessKeyID: "ASIAEXAMPLE",
        secretAccessKey: "very-secret-key",
        sessionToken: "t",
        expiration: now + seconds
      )
      let endpoint = try #require(S3Endpoint("http://10.0.0.9:9000"))
      let signer = S3Store(S3Configuration(endpoint: endpoint, credentials: credentials))
      return try Downloads(bucket: "uploads-raw", signer: signer, database: fixture.database, route: route)
        .download(file, for: fixture.user, .attachment, at: now)
    }
    #expect(try download(endingAfter: 61).url.contains("X-Amz-Expires=60&"))
    let expected = "signature: unavailable: credentials: the session ends in 59 s, and there are no longer ones"
    #expect(throws: StorageError.unavailable(detail: expected)) { try download(endingAfter: 59.5) }
  }
}
