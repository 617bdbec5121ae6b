import Core
import Database
import Decoding
import Foundation
import Scanning
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct JudgementTests {
  @Test func `a photo becomes ready, pinned, hashed, charged and rendered`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.claim(size: photo.count)
    let version = try #require(try fixture.put(photo, for: file))
    try fixture.hint(file)
    #expect(try fixture.next() == .ready)
    let record = try fixture.record(file)
    #expect(record.state == .ready && record.reason == nil)
    #expect(record.versionID == version.description)
    #expect(record.size == Int64(photo.count))
    #expect(record.sha256?.description == SHA256.hexadecimal(of: photo))
    #expect(record.variants.map(\.name) == [.medium, .original, .thumb])
    #expect(record.variants.map(\.width) == [200, 200, 150])
    for variant in record.variants {
      let info = try fixture.store.memory.head(variant.objectKey, in: ProcessingFixture.buckets.processed)
      #expect(info.size == variant.size && info.contentType == variant.type.contentType)
      #expect(info.cacheControl == "public, max-age=31536000, immutable")
    }
    #expect(try fixture.versions(file).map(\.version) == [version])
    try fixture.expectSettled(used: photo.count)
    #expect(try fixture.next() == nil)
  }

  @Test func `a PDF becomes ready and has no variants`() throws {
    let fixture = try ProcessingFixture()
    let document = Document.pdf()
    let file = try fixture.upload(document, .pdf)
    #expect(try fixture.next() == .ready)
    #expect(try fixture.record(file).variants.isEmpty && fixture.processedKeys().isEmpty)
    try fixture.expectSettled(used: document.count)
  }

  @Test func `a plain file becomes ready without variants, and its key has no type`() throws {
    let fixture = try ProcessingFixture()
    let table = Array("a,b\n1,2\n".utf8)
    let file = try fixture.upload(table, plain: "text/csv", named: "a.csv")
    #expect(try fixture.next() == .ready)
    let record = try fixture.record(file)
    #expect(record.variants.isEmpty && record.contentType == "text/csv" && record.rawKey.hasSuffix("/original.bin"))
    #expect(record.type == PlainType(contentType: "text/csv").map(UploadType.plain))
    try fixture.expectSettled(used: table.count)
  }

  @Test(arguments: [
    ("text/plain", "a.txt", Array("<!DOCTYPE html><script>alert(1)</script>".utf8), RejectionReason.typeMismatch),
    ("application/zip", "a.zip", ZipBuilder([.init("a\\b", "c")]).bytes, .malformedArchive),
    ("application/zip", "a.zip", Array("no archive".utf8), .typeMismatch),
  ])
  func `a plain file that is something else is rejected`(
    type: String,
    name: String,
    bytes: [UInt8],
    reason: RejectionReason
  ) throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload(bytes, plain: type, named: name)
    #expect(try fixture.next() == .rejected(reason))
    #expect(try fixture.record(file).reason == reason && fixture.versions(file).isEmpty)
  }

  @Test(arguments: [
    ("/S/JavaScript/JS(app.alert\\(1\\))", ActiveContentPolicy.refuse, RejectionReason?.some(.activeContent), false),
    ("/S/JavaScript/JS(app.alert\\(1\\))", .mark, nil, true),
    ("/S/SubmitForm/F(https://example.com)/X 0", .mark, nil, true), ("/S/GoTo/D[3 0 R/Fit]", .refuse, nil, false),
  ])
  func `a PDF with active content is refused or marked, by the policy`(
    action: String,
    policy: ActiveContentPolicy,
    reason: RejectionReason?,
    isMarked: Bool
  ) throws {
    let fixture = try ProcessingFixture()
    var parts = try fixture.parts()
    parts.activeContent = policy
    let text = "%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<<\(action)>>>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    let file = try fixture.upload(Array(text.utf8), .pdf)
    let outcome = try Processor(parts).next(at: .now + 1)?.outcome
    #expect(outcome == (reason.map { .rejected($0) } ?? .ready))
    let record = try fixture.record(file)
    #expect(record.reason == reason && record.hasActiveContent == isMarked)
  }

  @Test(arguments: FileType.allCases.filter { !$0.isImage })
  func `a document becomes ready as its own type, and is refused as any other`(type: FileType) throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.upload(Document.small(type), type)
    let other = try fixture.upload(Document.small(type == .docx ? .pptx : .docx), type)
    #expect(try fixture.next() == .ready)
    #expect(try fixture.next() == .rejected(.typeMismatch))
    #expect(try fixture.record(file).variants.isEmpty && fixture.versions(other).isEmpty)
  }

  @Test func `the current version is read once, without a HEAD, and pinned`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.claim(size: photo.count)
    let version = try fixture.put(photo, for: file)
    try fixture.hint(file)
    #expect(try fixture.next() == .ready)
    let key = try fixture.record(file).rawKey
    let reads = fixture.store.calls.filter { [.get, .head].contains($0.operation) }
    #expect(reads == [.init(operation: .get, key: key)])
    #expect(try fixture.record(file).versionID == version?.description && fixture.store.bytesRead == photo.count)
    #expect(fixture.scanner.count == 1)
  }

  @Test func `an object of another size is refused before its first byte is read`() throws {
    for difference in [-1, 1] {
      let fixture = try ProcessingFixture()
      let photo = try ProcessingFixture.photo.get()
      let file = try fixture.claim(size: photo.count + difference)
      try fixture.put(photo, for: file)
      try fixture.hint(file)
      try expectRefused(fixture, file, .sizeMismatch)
      #expect(fixture.store.bytesRead == 0 && fixture.scanner.count == 0)
    }
  }

  @Test func `an object of no bytes is a size mismatch`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.claim(size: 10)
    try fixture.put([], for: file)
    try fixture.hint(file)
    try expectRefused(fixture, file, .sizeMismatch)
  }

  @Test func `a wrong digest is refused, and the right one is accepted`() throws {
    let photo = try ProcessingFixture.photo.get()
    let wrong = try ProcessingFixture()
    try expectRefused(
      wrong,
      try wrong.upload(photo, sha256: String(repeating: "0", count: 64)),
      .checksumMismatch
    )
    #expect(wrong.scanner.count == 0)
    let right = try ProcessingFixture()
    _ = try right.upload(photo, sha256: SHA256.hexadecimal(of: photo).uppercased())
    #expect(try right.next() == .ready)
  }

  @Test func `bytes of another type than the claimed one are refused`() throws {
    let html = Array("<!DOCTYPE html><script>alert(1)</script>".utf8)
    for (bytes, type) in [
      (html, FileType.jpeg), (try ProcessingFixture.photo.get(), .png), (Document.pdf(), .gif),
      (try ProcessingFixture.photo.get(), .pdf),
      ([0xFF], .jpeg),
    ] {
      let fixture = try ProcessingFixture()
      try expectRefused(fixture, try fixture.upload(bytes, type), .typeMismatch)
      #expect(fixture.scanner.count == 0)
    }
  }

  @Test func `a file with a correct beginning and nothing else is refused`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    let file = try fixture.upload(Array(photo.prefix(photo.count / 2)))
    guard case .rejected(let reason) = try fixture.next() else {
      Issue.record("half a photo was taken")
      return
    }
    #expect([.unreadable, .typeMismatch].contains(reason))
    #expect(try fixture.versions(file).isEmpty && fixture.processedKeys().isEmpty)
    try fixture.expectSettled(used: 0)
  }

  @Test func `the record of an image above a limit has the limit and the value`() throws {
    let limits = DecoderLimits(maximumPixels: 1000, maximumJPEGPixels: 31_999)
    let decoders = DecoderPool(executable: ProcessingFixture.decoder, limits: limits)
    let fixture = try ProcessingFixture(decoders: decoders)
    let file = try fixture.upload()
    try expectRefused(fixture, file, .dimensionsExceeded)
    let exceeded = ExceededLimit(.pixels, 32_000, limit: 31_999, width: 200, height: 160)
    #expect(try fixture.record(file).exceeded == exceeded)
    let other = try fixture.upload(Array(ProcessingFixture.photo.get().prefix(100)))
    try expectRefused(fixture, other, .unreadable)
    #expect(try fixture.record(other).exceeded == nil)
  }

  @Test func `an infected file is refused, and never decoded or published`() throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.success(.infected(name: "Test")))
    try expectRefused(fixture, try fixture.upload(), .malware)
  }

  @Test func `a file above the scanner's unpacking limit is refused, but not as malware`() throws {
    let fixture = try ProcessingFixture()
    fixture.scanner.say(.success(.limitExceeded(name: "Test")))
    try expectRefused(fixture, try fixture.upload(), .decompressionBomb)
  }

  @Test func `the scanner sees exactly the object's bytes`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get()
    fixture.scanner.obey { descriptor, size in
      var bytes = [UInt8](repeating: 0, count: Int(size) + 1)
      let count = pread(descriptor, &bytes, bytes.count, 0)
      return count == photo.count && Array(bytes.prefix(count)) == photo
        ? .success(.clean) : .success(.infected(name: "other bytes"))
    }
    _ = try fixture.upload(photo)
    #expect(try fixture.next() == .ready)
  }

  @Test func `an upload that has not arrived is left alone`() throws {
    let fixture = try ProcessingFixture()
    let file = try fixture.claim(size: 100)
    try fixture.hint(file)
    #expect(try fixture.next() == .idle)
    #expect(try fixture.state(file) == .pending)
    try fixture.expectSettled(used: 0, reserved: 100)
  }

  @Test func `an unknown file gets no job, and a worker without jobs is idle`() throws {
    let fixture = try ProcessingFixture()
    #expect(try fixture.database.enqueue(for: [FileID(at: .now)], at: .now).isEmpty)
    #expect(try fixture.next() == nil)
  }

  private func expectRefused(
    _ fixture: ProcessingFixture,
    _ file: FileID,
    _ reason: RejectionReason,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(try fixture.next() == .rejected(reason), sourceLocation: sourceLocation)
    let record = try fixture.record(file)
    #expect(record.state == .rejected && record.reason == reason, sourceLocation: sourceLocation)
    #expect(try fixture.versions(file).isEmpty, sourceLocation: sourceLocation)
    #expect(try fixture.processedKeys().isEmpty, sourceLocation: sourceLocation)
    try fixture.expectSettled(used: 0, sourceLocation: sourceLocation)
  }
}
