import Core
import Database
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Catalog

@Suite struct ImageCatalogTests {
  private let fixture: CatalogFixture

  init() throws { fixture = try CatalogFixture() }

  private func image(_ path: String) throws -> ServedImage {
    guard case .image(let image) = try fixture.images.find(path) else {
      throw Unexpected("\(path) is no image")
    }
    return image
  }

  private func target(_ path: String) throws -> String? {
    guard case .moved(let target) = try fixture.images.find(path) else { return nil }
    return target
  }

  private func expectNotFound(_ path: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(throws: StorageError.notFound, "\(path)", sourceLocation: sourceLocation) { try fixture.images.find(path) }
  }

  // MARK: Path lookup

  @Test func `the current URL is the image`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/thumb.webp")
    let image = try image(path)
    #expect(image.contentType == "image/webp" && image.version == version() && image.size == 10)
    #expect(try fixture.images.bytes(of: image, at: path) == Array(repeating: 7, count: 10))
  }

  @Test func `a path without a version, or with an old one, redirects to the current URL`() throws {
    let file = try fixture.ready()
    let current = fixture.path(file, "\(version())/thumb.webp")
    #expect(try target(fixture.path(file, "thumb.webp")) == current)
    #expect(try target(fixture.path(file, "\(version("0"))/thumb.webp")) == current)
    try fixture.replace(file, with: "b")
    #expect(try target(current) == fixture.path(file, "\(version("b"))/thumb.webp"))
    #expect(try target(fixture.path(file, "\(version("b"))/thumb.webp")) == nil)
  }

  @Test func `the redirect leads directly to an image`() throws {
    let file = try fixture.ready()
    let moved = try #require(try target(fixture.path(file, "original.jpg")))
    #expect(try target(moved) == nil)
  }

  @Test func `an unknown variant, type, file, user or form is not found`() throws {
    let file = try fixture.ready()
    let (v, other) = (version(), FileID(at: .now))
    for rest in [
      "\(v)/huge.webp", "\(v)/thumb.jpg", "\(v)/thumb.png", "\(v)/thumb", "\(v)/thumb.webp.jpg", "\(v)/original.webp",
      "\(v)/original.jpeg", "\(v)/medium.webp", "\(v)/thumb.pdf", "\(v)/", "\(v)", "", "\(v)/x/thumb.webp",
      "/thumb.webp", "\(v.uppercased())/thumb.webp", "\(v)a/thumb.webp", "\(v)/THUMB.webp", "\(v)/../\(v)/thumb.webp",
      "%61/thumb.webp", "thumb.webp/", "thumb.webp?x", "\(v)/thumb.webp\0",
    ] { expectNotFound(fixture.path(file, rest)) }
    for path in [
      "/images/bob/\(file)/\(v)/thumb.webp", "/images/ann/\(other)/\(v)/thumb.webp", "/images/ANN/\(file)/thumb.webp",
      "/images/../images/ann/\(file)/thumb.webp", "images/ann/\(file)/\(v)/thumb.webp", "", "/", "/images",
      "//images/ann/\(file)/thumb.webp", "/images/ann/\(file.description.uppercased())/thumb.webp",
      "/images/./\(file)/thumb.webp", "/images/../\(file)/thumb.webp",
    ] { expectNotFound(path) }
  }

  @Test func `under the prefix of another visibility the path is not found, and does not redirect`() throws {
    for visibility in Visibility.allCases {
      let file = try fixture.ready(visibility)
      for prefix in ["images", "premium", "private", "public"] {
        let path = fixture.path(file, "\(version())/thumb.webp", prefix: prefix)
        if prefix == visibility.pathPrefix {
          #expect(throws: Never.self) { try fixture.images.find(path) }
        } else {
          expectNotFound(path)
          expectNotFound(fixture.path(file, "thumb.webp", prefix: prefix))
        }
      }
    }
  }

  @Test func `only a ready file has images, even if it has variants`() throws {
    let pending = try fixture.pending()
    let received = try fixture.pending()
    #expect(try fixture.database.receive(received, at: .now))
    let aborted = try fixture.pending()
    #expect(try fixture.database.abort(aborted, of: fixture.user))
    let expired = try fixture.pending()
    #expect(try fixture.database.expire(expired, expiredBy: .now + 10_000))
    let deleted = try fixture.ready()
    #expect(try fixture.database.delete(deleted, of: fixture.user, at: .now))
    let purging = try fixture.ready()
    #expect(try fixture.database.delete(purging, of: fixture.user, at: .now))
    #expect(try fixture.database.beginPurge(purging, deletedBy: .now + 1, at: .now))
    for file in [pending, received, aborted, expired, deleted, purging, try fixture.rejected()] {
      expectNotFound(fixture.path(file, "thumb.webp"))
      expectNotFound(fixture.path(file, "\(version())/thumb.webp"))
    }
  }

  // MARK: Bytes sent

  @Test func `a file deleted between the lookup and the read is not served`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/thumb.webp")
    let image = try image(path)
    #expect(try fixture.database.delete(file, of: fixture.user, at: .now))
    #expect(throws: StorageError.notFound) { try fixture.images.bytes(of: image, at: path) }
    #expect(try streamed(image, path).isEmpty)
  }

  @Test func `a file deleted while its bytes are fetched is not served`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/thumb.webp")
    let image = try image(path)
    let (database, user) = (fixture.database, fixture.user)
    fixture.store.obey { call, _ in
      if call.operation == .get { _ = try database.delete(file, of: user, at: .now) }
      return nil
    }
    #expect(throws: StorageError.notFound) { try fixture.images.bytes(of: image, at: path) }
    #expect(fixture.store.calls.count == 1)
  }

  @Test func `an image whose object a worker moves while it is read is served`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/thumb.webp")
    let image = try image(path)
    _ = try fixture.database.enqueue(.render, for: [file], at: .now)
    let job = try #require(try fixture.database.leaseJob(.render, of: file, seconds: 60, at: .now + 1))
    let variant = try #require(try fixture.database.file(file)?.variants.first { $0.name == .thumb })
    let database = fixture.database
    fixture.store.obey { call, _ in
      if call.operation == .get { _ = try database.relocate(variant, to: .open, while: .public, under: job) }
      return nil
    }
    #expect(try fixture.images.bytes(of: image, at: path)?.count == 10)
    #expect(try self.image(path) != image)
    #expect(try streamed(image, path).count == 10)
  }

  @Test func `a streamed file deleted before the first byte sends no byte`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/original.jpg")
    let image = try image(path)
    let (database, user) = (fixture.database, fixture.user)
    fixture.store.obey { _, _ in
      _ = try database.delete(file, of: user, at: .now)
      return nil
    }
    #expect(try streamed(image, path).isEmpty)
  }

  @Test func `a streamed file deleted midway never sends its last bytes`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/original.jpg")
    let image = try image(path)
    var count = 0
    #expect(throws: StoreError.self) {
      try fixture.images.stream(image, at: path) { bytes in
        if count == 0 { _ = try fixture.database.delete(file, of: fixture.user, at: .now) }
        count += bytes.count
      }
    }
    #expect(count > 0 && count < Int(image.size))
  }

  @Test func `newer content is not served under the old URL`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/thumb.webp")
    let image = try image(path)
    try fixture.replace(file, with: "b")
    #expect(throws: StorageError.notFound) { try fixture.images.bytes(of: image, at: path) }
  }

  @Test func `a stream is the whole image, in order`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/original.jpg")
    #expect(try streamed(image(path), path) == Array(repeating: 7, count: 200_000))
  }

  @Test func `a client that disconnects ends the stream`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/original.jpg")
    let image = try image(path)
    var calls = 0
    #expect(throws: StoreError.self) {
      try fixture.images.stream(image, at: path) { _ in
        calls += 1
        throw Unexpected("gone")
      }
    }
    #expect(calls == 1)
  }

  @Test func `a missing or unreadable object is unavailable, never an empty image`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/thumb.webp")
    let image = try image(path)
    for error in [StoreError.notFound, .unavailable(detail: "away"), .accessDenied(detail: "")] {
      fixture.store.obey { _, _ in .before(error) }
      expectUnavailable { try fixture.images.bytes(of: image, at: path) }
      #expect(throws: StoreError.self) { try fixture.images.stream(image, at: path) { _ in } }
    }
  }

  @Test func `an object whose length differs from the row is unavailable, never half an image`() throws {
    let file = try fixture.ready()
    let path = fixture.path(file, "\(version())/thumb.webp")
    let image = try image(path)
    for length in [0, 9, 11] {
      _ = try fixture.store.memory.put(.bytes(Array(repeating: 7, count: length)), to: image.key, in: "processed")
      expectUnavailable { try fixture.images.bytes(of: image, at: path) }
    }
  }

  private func expectUnavailable(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> some Any
  ) {
    #expect(sourceLocation: sourceLocation) {
      _ = try body()
    } throws: { error in
      if case .unavailable? = error as? StorageError { true } else { false }
    }
  }

  /// Returns all bytes that reach the client, even if the stream fails.
  private func streamed(_ image: ServedImage, _ path: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    do throws(StoreError) {
      try fixture.images.stream(image, at: path) { bytes.append(contentsOf: $0) }
    } catch {
      guard case .aborted = error else { throw error }
    }
    return bytes
  }
}
