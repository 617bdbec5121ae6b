import Core
import Database
import Foundation
import Scanning
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct JudgementTests {
  @Test func `a photo becomes ready, pinned, hashed, charged and rendered`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let file = try site.claim(size: photo.count)
    let version = try #require(try site.put(photo, for: file))
    try site.hint(file)
    #expect(try site.next() == .ready)
    let record = try site.record(file)
    #expect(record.state == .ready && record.reason == nil)
    #expect(record.versionID == version.description)
    #expect(record.size == Int64(photo.count))
    #expect(record.sha256?.description == SHA256.hexadecimal(of: photo))
    #expect(record.variants.map(\.name) == [.medium, .original, .thumb])
    #expect(record.variants.map(\.width) == [200, 200, 150])
    for variant in record.variants {
      let info = try site.store.memory.head(variant.key, in: Site.buckets.processed)
      #expect(info.size == variant.size && info.contentType == variant.type.contentType)
      #expect(info.cacheControl == "public, max-age=31536000, immutable")
    }
    #expect(try site.versions(file).map(\.version) == [version])
    try site.expectSettled(used: photo.count)
    #expect(try site.next() == nil)
  }

  @Test func `a PDF becomes ready and has no variants`() throws {
    let site = try Site()
    let document = Document.pdf()
    let file = try site.upload(document, .pdf)
    #expect(try site.next() == .ready)
    #expect(try site.record(file).variants.isEmpty && site.processedKeys().isEmpty)
    try site.expectSettled(used: document.count)
  }

  @Test(arguments: [
    ("/S/JavaScript/JS(app.alert\\(1\\))", ActiveContentPolicy.refuse, RejectionReason?.some(.activeContent), false),
    ("/S/JavaScript/JS(app.alert\\(1\\))", .mark, nil, true),
    ("/S/SubmitForm/F(https://example.com)/X 0", .mark, nil, true), ("/S/GoTo/D[3 0 R/Fit]", .refuse, nil, false),
  ])
  func `a PDF that does something is refused or marked, as the policy says`(
    action: String,
    policy: ActiveContentPolicy,
    reason: RejectionReason?,
    isMarked: Bool
  ) throws {
    let site = try Site()
    var parts = try site.parts()
    parts.activeContent = policy
    let text = "%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<<\(action)>>>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    let file = try site.upload(Array(text.utf8), .pdf)
    let outcome = try Processor(parts).next(at: .now + 1)?.outcome
    #expect(outcome == (reason.map { .rejected($0) } ?? .ready))
    let record = try site.record(file)
    #expect(record.reason == reason && record.hasActiveContent == isMarked)
  }

  @Test(arguments: FileType.allCases.filter { !$0.isImage })
  func `a document becomes ready as what it is, and is refused as anything else`(type: FileType) throws {
    let site = try Site()
    let file = try site.upload(Document.small(type), type)
    let other = try site.upload(Document.small(type == .docx ? .pptx : .docx), type)
    #expect(try site.next() == .ready)
    #expect(try site.next() == .rejected(.typeMismatch))
    #expect(try site.record(file).variants.isEmpty && site.versions(other).isEmpty)
  }

  @Test func `the version that was there is the one that is fetched, once`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let file = try site.claim(size: photo.count)
    let version = try site.put(photo, for: file)
    try site.hint(file)
    #expect(try site.next() == .ready)
    let key = try site.record(file).rawKey
    #expect(site.store.calls.filter { $0.operation == .get } == [.init(operation: .get, key: key, version: version)])
    #expect(site.scanner.count == 1)
  }

  @Test func `an object of another size is refused unread`() throws {
    for difference in [-1, 1] {
      let site = try Site()
      let photo = try Site.photo.get()
      let file = try site.claim(size: photo.count + difference)
      try site.put(photo, for: file)
      try site.hint(file)
      try expectRefused(site, file, .sizeMismatch)
      #expect(site.store.calls.allSatisfy { $0.operation != .get } && site.scanner.count == 0)
    }
  }

  @Test func `an object of no bytes is a size mismatch`() throws {
    let site = try Site()
    let file = try site.claim(size: 10)
    try site.put([], for: file)
    try site.hint(file)
    try expectRefused(site, file, .sizeMismatch)
  }

  @Test func `a digest that is not the claimed one is refused, and the right one is not`() throws {
    let photo = try Site.photo.get()
    let wrong = try Site()
    try expectRefused(
      wrong,
      try wrong.upload(photo, sha256: String(repeating: "0", count: 64)),
      .checksumMismatch
    )
    #expect(wrong.scanner.count == 0)
    let right = try Site()
    _ = try right.upload(photo, sha256: SHA256.hexadecimal(of: photo).uppercased())
    #expect(try right.next() == .ready)
  }

  @Test func `bytes of another type than the claimed one are refused`() throws {
    let html = Array("<!DOCTYPE html><script>alert(1)</script>".utf8)
    for (bytes, type) in [
      (html, FileType.jpeg), (try Site.photo.get(), .png), (Document.pdf(), .gif), (try Site.photo.get(), .pdf),
      ([0xFF], .jpeg),
    ] {
      let site = try Site()
      try expectRefused(site, try site.upload(bytes, type), .typeMismatch)
      #expect(site.scanner.count == 0)
    }
  }

  @Test func `a file with the right beginning and nothing behind it is refused`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    let file = try site.upload(Array(photo.prefix(photo.count / 2)))
    guard case .rejected(let reason) = try site.next() else {
      Issue.record("half a photo was taken")
      return
    }
    #expect([.unreadable, .typeMismatch].contains(reason))
    #expect(try site.versions(file).isEmpty && site.processedKeys().isEmpty)
    try site.expectSettled(used: 0)
  }

  @Test func `what the scanner names is refused, and never decoded or published`() throws {
    let site = try Site()
    site.scanner.say(.success(.infected(name: "Test")))
    try expectRefused(site, try site.upload(), .malware)
  }

  @Test func `what unpacks to more than the scanner looks at is no malware, and refused`() throws {
    let site = try Site()
    site.scanner.say(.success(.limitExceeded(name: "Test")))
    try expectRefused(site, try site.upload(), .decompressionBomb)
  }

  @Test func `the scanner sees exactly the object's bytes`() throws {
    let site = try Site()
    let photo = try Site.photo.get()
    site.scanner.obey { descriptor, size in
      var bytes = [UInt8](repeating: 0, count: Int(size) + 1)
      let count = pread(descriptor, &bytes, bytes.count, 0)
      return count == photo.count && Array(bytes.prefix(count)) == photo
        ? .success(.clean) : .success(.infected(name: "other bytes"))
    }
    _ = try site.upload(photo)
    #expect(try site.next() == .ready)
  }

  @Test func `an upload that has not come is left alone`() throws {
    let site = try Site()
    let file = try site.claim(size: 100)
    try site.hint(file)
    #expect(try site.next() == .idle)
    #expect(try site.state(file) == .pending)
    try site.expectSettled(used: 0, reserved: 100)
  }

  @Test func `a job of a file that no longer exists cannot be, and an idle worker has nothing to do`() throws {
    let site = try Site()
    #expect(try site.database.enqueue(for: [FileID(at: .now)], at: .now).isEmpty)
    #expect(try site.next() == nil)
  }

  private func expectRefused(
    _ site: Site,
    _ file: FileID,
    _ reason: RejectionReason,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(try site.next() == .rejected(reason), sourceLocation: sourceLocation)
    let record = try site.record(file)
    #expect(record.state == .rejected && record.reason == reason, sourceLocation: sourceLocation)
    #expect(try site.versions(file).isEmpty, sourceLocation: sourceLocation)
    #expect(try site.processedKeys().isEmpty, sourceLocation: sourceLocation)
    try site.expectSettled(used: 0, sourceLocation: sourceLocation)
  }
}
