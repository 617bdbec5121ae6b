import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@testable import Catalog

@Suite struct AwaitedImageTests {
  private let fixture: CatalogFixture
  private let images: ImageCatalog

  init() throws {
    fixture = try CatalogFixture()
    images = Self.catalog(fixture, VariantSpecification.defaults)
  }

  private static func catalog(_ fixture: CatalogFixture, _ specifications: [VariantSpecification]) -> ImageCatalog {
    ImageCatalog(database: fixture.database, store: fixture.store, bucket: "processed", specifications: specifications)
  }

  /// Returns the version of this shape of the fixture's files, whose digest is `aaa…`.
  private func version(
    _ shape: VariantShape,
    among specifications: [VariantSpecification] = VariantSpecification.defaults
  ) throws -> VariantVersion {
    let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64)))
    return try #require(VariantVersion(of: digest, shape, among: specifications, hash: SHA256.hexadecimal))
  }

  private func awaited(_ path: String) throws -> (JobKind, FileID)? {
    guard case .awaited(let kind, let file) = try images.find(path) else { return nil }
    return (kind, file)
  }

  private func target(_ path: String, in images: ImageCatalog? = nil) throws -> String? {
    guard case .moved(let target) = try (images ?? self.images).find(path) else { return nil }
    return target
  }

  private func expectNotFound(_ path: String) {
    #expect(throws: StorageError.notFound, "\(path)") { try images.find(path) }
  }

  @Test func `an upload that is not checked yet is awaited without a version, because it has none`() throws {
    let pending = try fixture.pending()
    let received = try fixture.pending()
    #expect(try fixture.database.receive(received, at: .now))
    for file in [pending, received] {
      expectNotFound(fixture.path(file, "aaaaaaaaaaaa/thumb.webp"))
      for rest in ["thumb.webp", "medium.webp", "original.jpg"] {
        let found = try #require(try awaited(fixture.path(file, rest)))
        #expect(found == (.process, file))
      }
    }
  }

  @Test func `the original of a HEIC is awaited under both of its possible types, and then found under its real one`()
    throws
  {
    let pending = try fixture.pending(type: .heic)
    for rest in ["thumb.webp", "original.jpg", "original.webp"] {
      #expect(try #require(try awaited(fixture.path(pending, rest))) == (.process, pending))
    }
    for rest in ["thumb.jpg", "original.heic", "original.png"] { expectNotFound(fixture.path(pending, rest)) }
    let ready = try fixture.ready(type: .heic)
    guard case .moved(let target) = try images.find(fixture.path(ready, "original.jpg")) else {
      Issue.record("the original is not found")
      return
    }
    #expect(target.hasSuffix("/original.jpg"))
    for rest in ["original.webp", "original.heic"] { expectNotFound(fixture.path(ready, rest)) }
  }

  @Test func `an image that the upload can never become is not found, and starts no work`() throws {
    let file = try fixture.pending()
    for rest in ["thumb.jpg", "huge.webp", "original.png", "original.webp", "thumb.pdf"] {
      expectNotFound(fixture.path(file, rest))
    }
    let secret = try fixture.pending(.private)
    expectNotFound(fixture.path(secret, "thumb.webp"))
    expectNotFound(fixture.path(secret, "thumb.webp", prefix: "premium"))
    #expect(try #require(try awaited(fixture.path(secret, "thumb.webp", prefix: "private"))) == (.process, secret))
    for refused in [try fixture.rejected(), FileID(at: .now)] { expectNotFound(fixture.path(refused, "thumb.webp")) }
    let claim = try UploadClaim(
      filename: "a.pdf",
      size: 100,
      contentType: "application/pdf",
      visibility: "public",
      policy: UploadPolicy()
    )
    let document = RawKey(user: fixture.user, file: FileID(at: .now), type: .pdf)
    let upload = NewUpload(key: document, claim: claim, expiresAt: .now + 900)
    try #require(try fixture.database.reserve(upload, at: .now) == .reserved)
    for rest in ["thumb.webp", "original.jpg", "original.pdf"] { expectNotFound(fixture.path(document.file, rest)) }
  }

  @Test func `a variant whose specification changed has its new URL at once, and only that URL is awaited`() throws {
    let file = try fixture.ready()
    let new = try version(.cover(width: 150, height: 150))
    let current = fixture.path(file, "\(new)/thumb.webp")
    for old in ["aaaaaaaaaaaa/thumb.webp", "thumb.webp", "000000000000/thumb.webp"] {
      #expect(try target(fixture.path(file, old)) == current)
    }
    let found = try #require(try awaited(current))
    #expect(found == (.render, file))
    expectNotFound(fixture.path(file, "\(new)/thumb.jpg"))
  }

  @Test func `a variant with a new name, which was never rendered, is awaited too`() throws {
    let file = try fixture.ready()
    let specifications = [VariantSpecification(name: try #require(VariantName("wide")), shape: .width(1600))]
    let images = Self.catalog(fixture, specifications)
    let current = fixture.path(file, "\(try version(.width(1600), among: specifications))/wide.webp")
    #expect(try target(fixture.path(file, "wide.webp"), in: images) == current)
    guard case .awaited(.render, file) = try images.find(current) else {
      Issue.record("not awaited")
      return
    }
  }

  @Test func `a variant that is no longer specified is served as it was last rendered`() throws {
    let file = try fixture.ready()
    let images = Self.catalog(fixture, [])
    guard case .image = try images.find(fixture.path(file, "aaaaaaaaaaaa/thumb.webp")) else {
      Issue.record("not served")
      return
    }
  }

  @Test func `current content keeps its URL, and a missing object is not mistaken for a missing bucket`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "aaaaaaaaaaaa/thumb.webp")
    let images = Self.catalog(fixture, [])
    guard case .image(let image) = try images.find(path) else {
      Issue.record("not served")
      return
    }
    #expect(try images.isStored(image))
    try fixture.store.memory.delete(image.key, in: "processed")
    #expect(try images.bytes(of: image, at: path) == nil && !images.isStored(image))
    let elsewhere = ImageCatalog(
      database: fixture.database,
      store: fixture.store,
      bucket: "mistyped",
      specifications: []
    )
    #expect {
      try elsewhere.bytes(of: image, at: path)
    } throws: { error in
      if case .unavailable? = error as? StorageError { true } else { false }
    }
    #expect(throws: StorageError.self) { try elsewhere.isStored(image) }
  }
}
