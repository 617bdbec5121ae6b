import Core
import Database
import Foundation
import S3
import Signing
import Synchronization
import TestSupport
import Testing

@testable import Uploads

@Suite struct PresignerTests {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)
  private static let credentials = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "very-secret-key")

  private let folder: ScratchFolder
  private let database: FileDatabase
  private let user: UserID

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    user = try #require(UserID("ann.o-tate@example.com"))
    _ = try database.user(user, plan: .standard, quotaBytes: 1000, at: Self.now)
  }

  private func presigner(_ policy: UploadPolicy = UploadPolicy()) throws -> Presigner {
    let inside = try #require(S3Endpoint("http://10.0.0.7:8333"))
    let outside = try #require(S3Endpoint("https://files.example.com"))
    let store = S3Store(S3Configuration(endpoint: inside, publicEndpoint: outside, credentials: Self.credentials))
    return Presigner(policy: policy, bucket: RawBucket("uploads-raw", in: store), database: database)
  }

  private func claim(
    _ filename: String = "photo.jpg",
    size: Int64 = 100,
    sha256: String? = nil
  ) throws -> UploadClaim {
    try UploadClaim(
      filename: filename,
      size: size,
      contentType: "image/jpeg",
      sha256: sha256,
      visibility: "public",
      policy: UploadPolicy()
    )
  }

  private func query(_ ticket: UploadTicket) throws -> [String: String] {
    let items = try #require(URLComponents(string: ticket.put.url)?.queryItems)
    return Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first + " twice" })
  }

  private func reserved() throws -> Int64 { try #require(try database.user(user)).reservedBytes }

  @Test func `the ticket has the store's public URL, the file's key and the expiry`() throws {
    let ticket = try presigner().presign(claim(), for: user, at: Self.now)
    let url = try #require(URLComponents(string: ticket.put.url))
    #expect(url.scheme == "https" && url.host == "files.example.com")
    #expect(url.path == "/uploads-raw/\(user)/\(ticket.fileId)/original.jpg")
    #expect(try query(ticket)["X-Amz-Expires"] == "900")
    #expect(ticket.expiresAt == Self.now + 900)
    #expect(!ticket.put.url.contains("very-secret-key"))
    let file = try #require(FileID(ticket.fileId))
    let record = try #require(try database.file(file))
    #expect(record.state == .pending && record.user == user && record.filename == "photo.jpg")
    #expect(record.claimedSize == 100 && record.heldBytes == 100 && record.visibility == .public)
    #expect(record.expiresAt == ticket.expiresAt && record.createdAt == Self.now)
    #expect(url.path.hasSuffix(record.rawKey))
  }

  @Test func `length, type, condition and metadata are signed, and the digest if there is one`() throws {
    let plain =
      "content-length;content-type;host;if-none-match;x-amz-meta-original-filename;"
      + "x-amz-meta-uploaded-at;x-amz-meta-uploader-id"
    let ticket = try presigner().presign(claim(), for: user, at: Self.now)
    #expect(try query(ticket)["X-Amz-SignedHeaders"] == plain)
    #expect(!ticket.put.headers.contains { $0.name == "x-amz-checksum-sha256" })
    let digest = SHA256.digest(of: [1, 2, 3])
    let second = try presigner().presign(claim(sha256: lowercaseHexadecimal(digest)), for: user, at: Self.now)
    #expect(
      try query(second)["X-Amz-SignedHeaders"]
        == plain.replacing("x-amz-meta-orig", with: "x-amz-checksum-sha256;x-amz-meta-orig")
    )
    let unsigned = try presigner(UploadPolicy(signsChecksums: false))
    let third = try unsigned.presign(claim(sha256: lowercaseHexadecimal(digest)), for: user, at: Self.now)
    #expect(try query(third)["X-Amz-SignedHeaders"] == plain, "a store that ignores it is not sent it")
    #expect(try database.file(try #require(FileID(third.fileId)))?.claimedSHA256?.bytes == digest)
    let sent = try #require(second.put.headers.first { $0.name == "x-amz-checksum-sha256" })
    #expect(Data(base64Encoded: sent.value).map(Array.init) == digest)
  }

  @Test func `the ticket's headers are complete, except for the length, which the client's library sends`() throws {
    let ticket = try presigner().presign(claim(), for: user, at: Self.now)
    #expect(
      ticket.put.headers.map { "\($0.name): \($0.value)" } == [
        "content-type: image/jpeg", "if-none-match: *", "x-amz-meta-original-filename: photo.jpg",
        "x-amz-meta-uploaded-at: 2027-01-15T08:00:00Z", "x-amz-meta-uploader-id: ann.o-tate@example.com",
      ]
    )
    let signed = try #require(try query(ticket)["X-Amz-SignedHeaders"]).split(separator: ";").map(String.init)
    #expect(Set(signed) == Set(ticket.put.headers.map(\.name)).union(["host", "content-length"]))
  }

  @Test func `the guards of an upload are signed and in the ticket, and the CORS rules allow them`() throws {
    for (policy, names) in [
      (UploadPolicy(), []), (UploadPolicy(signsACL: true), ["x-amz-acl"]),
      (UploadPolicy(guardsCopies: true), ["x-amz-copy-source-range", "x-amz-metadata-directive"]),
      (
        UploadPolicy(signsACL: true, guardsCopies: true),
        ["x-amz-acl", "x-amz-copy-source-range", "x-amz-metadata-directive"]
      ),
    ] {
      let ticket = try presigner(policy).presign(claim(), for: user, at: Self.now)
      let told = ticket.put.headers.map(\.name)
      let guards = ["x-amz-acl", "x-amz-copy-source-range", "x-amz-metadata-directive"]
      #expect(told.filter(guards.contains).sorted() == names && Set(told).isSubset(of: policy.headers.map(\.rawValue)))
      let signed = try #require(try query(ticket)["X-Amz-SignedHeaders"]).split(separator: ";").map(String.init)
      #expect(Set(signed) == Set(told).union(["host", "content-length"]))
      #expect(policy.headers.map(\.rawValue).filter(guards.contains) == names)
      #expect(ticket.put.headers.allSatisfy { $0.name != "x-amz-acl" || $0.value == "private" })
    }
  }

  @Test func `the signature is valid for the claimed length only`() throws {
    let ticket = try presigner().presign(claim(size: 100), for: user, at: Self.now)
    let url = try #require(URLComponents(string: ticket.put.url))
    func signed(length: Int) -> String {
      RequestSigner(credentials: Self.credentials, region: "us-east-1").presignedQuery(
        method: "PUT",
        path: url.percentEncodedPath,
        query: [],
        headers: [(name: "host", value: "files.example.com"), (name: "content-length", value: String(length))]
          + ticket.put.headers,
        expires: 900,
        at: Self.now
      )
    }
    #expect(url.percentEncodedQuery == signed(length: 100))
    #expect(url.percentEncodedQuery != signed(length: 101))
  }

  @Test(arguments: [
    "Übergröße 日本 😀.jpg", "a b+c%2F&d=e;f,g:h\"i'j<k>.jpg", "%0d%0aX-Evil: 1.jpg", "~._-.jpg", " lead and trail ",
    "e\u{301}.jpg",
  ])
  func `a name is sent as plain ASCII and decodes to the original`(name: String) throws {
    let ticket = try presigner().presign(claim(name), for: user, at: Self.now)
    let sent = try #require(ticket.put.headers.first { $0.name == "x-amz-meta-original-filename" }).value
    #expect(sent.utf8.allSatisfy { (0x21...0x7E).contains($0) })
    #expect(sent.removingPercentEncoding.map { Array($0.utf8) } == Array(name.utf8))
    #expect(!ticket.put.url.contains(sent) || sent == "~._-.jpg")
  }

  @Test func `the last byte of the quota can be used, one more cannot, and a refusal stores nothing`() throws {
    _ = try presigner().presign(claim(size: 999), for: user, at: Self.now)
    #expect(throws: StorageError.quotaExceeded(available: 1)) {
      try presigner().presign(claim(size: 2), for: user, at: Self.now)
    }
    #expect(try reserved() == 999)
    _ = try presigner().presign(claim(size: 1), for: user, at: Self.now)
    #expect(throws: StorageError.quotaExceeded(available: 0)) {
      try presigner().presign(claim(size: 1), for: user, at: Self.now)
    }
    #expect(try database.overdueFiles(expiredBy: Self.now + 900).count == 2)
    #expect(try database.recountQuotas().isEmpty)
  }

  @Test func `simultaneous claims do not exceed the quota`() throws {
    let presigner = try presigner()
    let claim = try claim(size: 90)
    let granted = Atomic(0)
    let refused = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 24) { _ in
      do throws(StorageError) {
        _ = try presigner.presign(claim, for: user, at: Self.now)
        granted.add(1, ordering: .relaxed)
      } catch {
        #expect(error == .quotaExceeded(available: 10))
        refused.add(1, ordering: .relaxed)
      }
    }
    #expect(granted.load(ordering: .relaxed) == 11 && refused.load(ordering: .relaxed) == 13)
    #expect(try reserved() == 990 && database.recountQuotas().isEmpty)
  }

  @Test func `a single PUT is allowed up to its limit, and above it nothing is reserved`() throws {
    let policy = UploadPolicy(singlePutMaximumBytes: 500)
    _ = try presigner(policy).presign(claim(size: 500), for: user, at: Self.now)
    #expect(throws: StorageError.tooLarge(limit: 500)) {
      try presigner(policy).presign(claim(size: 501), for: user, at: Self.now)
    }
    #expect(try reserved() == 500)
  }

  @Test func `a shorter URL lifetime is used`() throws {
    let ticket = try presigner(UploadPolicy(urlSeconds: 60)).presign(claim(), for: user, at: Self.now)
    #expect(ticket.expiresAt == Self.now + 60)
    #expect(try query(ticket)["X-Amz-Expires"] == "60")
    #expect(try database.overdueFiles(expiredBy: Self.now + 60).count == 1)
  }

  @Test func `a URL that cannot be signed reserves nothing`() throws {
    #expect(throws: StorageError.self) {
      try presigner(UploadPolicy(urlSeconds: 0)).presign(claim(), for: user, at: Self.now)
    }
    #expect(try reserved() == 0)
  }

  @Test func `a user without a record gets one with the defaults`() throws {
    let stranger = try #require(UserID("stranger"))
    _ = try presigner().presign(claim(), for: stranger, at: Self.now)
    let record = try #require(try database.user(stranger))
    #expect(try record.quotaBytes == AccountDefaults().quotaBytes && record.reservedBytes == claim().size)
  }

  @Test func `the same claim twice is two files`() throws {
    let presigner = try presigner()
    let tickets = try (0..<2).map { _ in try presigner.presign(claim(), for: user, at: Self.now) }
    #expect(tickets[0].fileId != tickets[1].fileId && tickets[0].put.url != tickets[1].put.url)
    #expect(try reserved() == 200)
  }
}
