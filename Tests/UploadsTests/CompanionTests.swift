import Core
import Database
import Foundation
import S3
import Storage
import TestSupport
import Testing

@testable import Uploads

@Suite struct CompanionTests {
  private static let now = Conversation.now
  private let site: Conversation
  private let uploads: CompanionUploads

  init() throws { (site, uploads) = try Self.make(quotaBytes: 100 << 20) }

  private static func make(quotaBytes: Int64) throws -> (Conversation, CompanionUploads) {
    let site = try Conversation(quotaBytes: quotaBytes)
    return (site, CompanionUploads(presigner: site.presigner, multiparts: site.uploads))
  }

  private func wish(_ metadata: [String: String] = [:]) throws -> CompanionClaim {
    try CompanionClaim(filename: "a.jpg", type: "image/jpeg", metadata: metadata, policy: UploadPolicy())
  }

  private func begin(_ metadata: [String: String] = [:]) throws -> CompanionUpload {
    try uploads.begin(wish(metadata), for: site.user, at: Self.now)
  }

  private func file(_ upload: CompanionUpload) throws -> FileID { try #require(FileID(upload.id)) }

  /// Puts parts of these lengths, numbered from 1, and returns them as a client lists them.
  @discardableResult
  private func put(_ counts: [Int], of upload: CompanionUpload) throws -> [TaggedPart] {
    for (index, count) in counts.enumerated() { try site.put(index + 1, of: file(upload), count: count) }
    return try uploads.parts(of: upload, for: site.user)
  }

  private func complete(_ parts: [TaggedPart], _ upload: CompanionUpload) throws -> CompanionObject {
    try uploads.complete(parts, of: upload, for: site.user, at: Self.now)
  }

  // MARK: Claims of a client

  @Test func `the application's name and members are used, and a name without a type by its extension`()
    throws
  {
    func type(_ type: String?, _ name: String) throws -> UploadType {
      try CompanionClaim(filename: name, type: type, metadata: [:], policy: UploadPolicy()).claim.type
    }
    for nothing in [nil, "", "application/octet-stream", "undefined", "null"] as [String?] {
      for (name, expected) in [
        ("a.jpg", FileType.jpeg), ("a.b.JPEG", .jpeg), (".jfif", .jpeg), ("a.PnG", .png), ("\u{E4}.pdf", .pdf),
      ] { #expect(try type(nothing, name) == .checked(expected), "\(name)") }
      for name in ["jpg", "a", "a.", "a.txt", "a.jpg.exe", "a.jpg "] {
        #expect(throws: StorageError.self, "\(name)") { try type(nothing, name) }
      }
    }
    for other in ["image/jpeg; a=b", "IMAGE/JPEG", "image/jpg", "image/*"] {
      #expect(try type(other, "a.jpg") == .checked(.jpeg), "\(other)")
    }
    for other in ["text/html", "image/png", "video/*"] {
      #expect(throws: StorageError.self, "\(other)") { try type(other, "a.jpg") }
    }
    let metadata = ["name": "Urlaub.jpg", "stowageVisibility": "public", "stowageSize": "17", "relativePath": "null"]
    let claim = try CompanionClaim(filename: "x7-Urlaub.jpg", type: nil, metadata: metadata, policy: UploadPolicy())
    #expect(claim.claim.filename.description == "Urlaub.jpg" && claim.claim.visibility == .public)
    #expect(claim.claim.size == 17 && claim.leastBytes == 17)
    for (member, value) in [
      ("stowageSize", "0"), ("stowageSize", "-1"), ("stowageSize", "1.5"), ("stowageSize", "x"),
      ("stowageSize", "99999999999"), ("stowageVisibility", "all"), ("name", "../a.jpg"), ("name", ""),
    ] { #expect(throws: StorageError.self, "\(member) \(value)") { try wish([member: value]) } }
  }

  // MARK: Forms

  private func policy(_ form: CompanionForm) throws -> String {
    let encoded = try #require(form.fields.first { $0.name == "policy" }?.value)
    return String(decoding: try #require(Data(base64Encoded: encoded)), as: UTF8.self)
  }

  @Test func `a form reserves the size limit, and after the upload only the file's length`() throws {
    let form = try uploads.form(wish(), for: site.user, at: Self.now)
    #expect(try policy(form).contains(#"["content-length-range", 1, 52428800]"#) && form.seconds == 900)
    try site.expectReserved(50 << 20)
    let names = Set(form.fields.map(\.name))
    #expect(names.isSuperset(of: ["key", "content-type", "success_action_status", "x-amz-meta-uploader-id"]))
    #expect(!names.contains("if-none-match"))
    #expect(try site.database.measure(#require(FileID(form.fileId)), size: 9))
    try site.expectReserved(9)
  }

  @Test func `a form binds the length that the application gives, or the remaining quota`() throws {
    let (site, uploads) = try Self.make(quotaBytes: 1000)
    let told = try uploads.form(wish(["stowageSize": "600"]), for: site.user, at: Self.now)
    #expect(try policy(told).contains(#"["content-length-range", 600, 600]"#))
    let rest = try uploads.form(wish(), for: site.user, at: Self.now)
    #expect(try policy(rest).contains(#"["content-length-range", 1, 400]"#))
    #expect(throws: StorageError.quotaExceeded(available: 0)) { try uploads.form(wish(), for: site.user, at: Self.now) }
    try site.expectReserved(1000)
  }

  // MARK: Parts

  @Test func `parts of any length make the file, and the unused reservation is released`() throws {
    let upload = try begin()
    try site.expectReserved(50 << 20)
    let parts = try put([6 << 20, 5 << 20, 1], of: upload)
    #expect(parts.map(\.size) == [6 << 20, 5 << 20, 1])
    for _ in 0..<2 {
      let object = try complete(parts, upload)
      #expect(object.key == upload.key && object.fileId == upload.id && object.bucket == Conversation.bucket)
      #expect(object.location == "https://files.example.com/\(Conversation.bucket)/\(upload.key)")
      try site.expectReserved(11 << 20 + 1)
    }
    let record = try site.record(file(upload))
    #expect(record.state == .received && record.claimedSize == 11 << 20 + 1 && !record.isSizeLimit)
    #expect(try site.versions().map(\.size) == [11 << 20 + 1])
  }

  @Test func `a single short part is accepted, and tags may have no quotes`() throws {
    let upload = try begin()
    let parts = try put([3], of: upload).map { part in
      TaggedPart(number: part.number, etag: part.etag?.replacing("\"", with: ""))
    }
    _ = try complete(parts, upload)
    try site.expectReserved(3)
  }

  @Test func `missing, extra or changed parts are listed, and no object is made`() throws {
    let upload = try begin()
    let parts = try put([5 << 20, 5 << 20, 7], of: upload)
    func expectRefused(_ named: [TaggedPart], _ numbers: [Int], sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(throws: StorageError.partsMissing(numbers: numbers), sourceLocation: sourceLocation) {
        try complete(named, upload)
      }
    }
    expectRefused([], [1, 2, 3])
    expectRefused(Array(parts.dropLast()), [3])
    expectRefused([parts[0], parts[2]], [2])
    expectRefused(parts + [TaggedPart(number: 5, etag: nil)], [3, 4, 5])
    expectRefused(parts.dropLast() + [TaggedPart(number: 3, etag: "\"another\"")], [3])
    expectRefused(parts + [TaggedPart(number: 10_001, etag: nil)], Array(3...102))
    try site.put(2, of: file(upload), count: 9)
    expectRefused(try uploads.parts(of: upload, for: site.user), [2])
    #expect(try site.versions().isEmpty && site.record(file(upload)).state == .pending)
    try site.expectReserved(50 << 20)
  }

  @Test func `parts longer than the reservation abort the upload`() throws {
    let (site, uploads) = try Self.make(quotaBytes: 6 << 20)
    let upload = try uploads.begin(wish(), for: site.user, at: Self.now)
    for number in 1...2 { try site.put(number, of: file(upload), count: 4 << 20 + number << 20) }
    let parts = try uploads.parts(of: upload, for: site.user)
    #expect(throws: StorageError.tooLarge(limit: 6 << 20)) {
      try uploads.complete(parts, of: upload, for: site.user, at: Self.now)
    }
    #expect(try site.record(file(upload)).state == .aborted && site.database.jobs(of: file(upload)).count == 1)
    #expect(try site.versions().isEmpty)
    try site.expectReserved(0)
  }

  @Test func `a part above the limit gets no URL`() throws {
    let upload = try begin(["stowageSize": "\(11 << 20)"])
    let signed = try uploads.sign([1, 3], of: upload, for: site.user, at: Self.now)
    #expect(Set(signed.urls.keys) == [1, 3] && signed.seconds == 900)
    #expect(
      signed.urls[3]?.contains("partNumber=3&uploadId=") == true && signed.urls[3]?.contains("content-length") == false
    )
    #expect(throws: StorageError.tooLarge(limit: 11 << 20)) {
      try uploads.sign([4], of: upload, for: site.user, at: Self.now)
    }
    for numbers in [[], [0], [-1], Array(1...101)] {
      #expect(throws: StorageError.self, "\(numbers.count)") {
        try uploads.sign(numbers, of: upload, for: site.user, at: Self.now)
      }
    }
    #expect(throws: StorageError.uploadClosed(detail: "Its time is over.")) {
      try uploads.sign([1], of: upload, for: site.user, at: Self.now + 86_400)
    }
  }

  @Test func `another key, another user and an upload of the API itself are the same 404`() throws {
    let upload = try begin()
    let parts = try put([3], of: upload)
    let own = try site.begin()
    let bob = try #require(UserID("bob"))
    for (other, user) in [
      (CompanionUpload(key: upload.key + "x", id: upload.id), site.user),
      (CompanionUpload(key: "", id: upload.id), site.user),
      (CompanionUpload(key: "bob/\(upload.id)/original.jpg", id: upload.id), site.user), (upload, bob),
      (CompanionUpload(key: upload.key, id: "no-such"), site.user),
      (CompanionUpload(key: try site.record(own).rawKey, id: "\(own)"), site.user),
    ] {
      #expect(throws: StorageError.notFound) { try uploads.sign([1], of: other, for: user, at: Self.now) }
      #expect(throws: StorageError.notFound) { try uploads.parts(of: other, for: user) }
      #expect(throws: StorageError.notFound) { try uploads.complete(parts, of: other, for: user, at: Self.now) }
      #expect(throws: StorageError.notFound) { try uploads.abort(other, for: user, at: Self.now) }
    }
    #expect(try site.record(file(upload)).state == .pending && site.record(own).state == .pending)
  }

  @Test func `an abort may be repeated, and nothing stays reserved`() throws {
    let upload = try begin()
    let parts = try put([5 << 20, 2], of: upload)
    for _ in 0..<2 { try uploads.abort(upload, for: site.user, at: Self.now) }
    try site.expectReserved(0)
    let closed = StorageError.uploadClosed(detail: "The file is aborted.")
    #expect(throws: closed) { try uploads.parts(of: upload, for: site.user) }
    #expect(throws: closed) { try complete(parts, upload) }
    #expect(throws: closed) { try uploads.sign([1], of: upload, for: site.user, at: Self.now) }
  }
}
