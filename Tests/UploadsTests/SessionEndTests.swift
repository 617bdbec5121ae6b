import Core
import Database
import Foundation
import S3
import Signing
import Storage
import TestSupport
import Testing

@testable import Uploads

/// Uploads while the credentials of the store end soon and cannot be renewed.
@Suite struct SessionEndTests {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)

  private let folder: ScratchFolder
  private let database: FileDatabase
  private let store = FaultyStore()
  private let user: UserID

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    user = try #require(UserID("ann"))
    _ = try database.user(user, plan: .standard, quotaBytes: 100 << 20, at: Self.now)
    try store.createBucket("raw")
    try store.setVersioning(true, of: "raw")
  }

  /// Returns the uploads with credentials that end `seconds` after `now`.
  private func uploads(endingAfter seconds: Double) throws -> CompanionUploads {
    let credentials = Credentials(
      accessKeyID: "ASIAEXAMPLE",
      secretAccessKey: "very-secret-key",
      sessionToken: "very-secret-token",
      expiration: Self.now + seconds
    )
    let endpoint = try #require(S3Endpoint("https://files.example.com"))
    let signer = S3Store(S3Configuration(endpoint: endpoint, credentials: credentials))
    let bucket = RawBucket("raw", in: store, signer: signer)
    return CompanionUploads(
      presigner: Presigner(policy: UploadPolicy(), bucket: bucket, database: database),
      multiparts: MultipartUploads(policy: UploadPolicy(), bucket: bucket, database: database)
    )
  }

  private func claim(size: Int64 = 100) throws -> UploadClaim {
    try UploadClaim(filename: "a.jpg", size: size, contentType: "image/jpeg", policy: UploadPolicy())
  }

  private func wish() throws -> CompanionClaim {
    try CompanionClaim(filename: "a.jpg", type: "image/jpeg", metadata: [:], policy: UploadPolicy())
  }

  private func reserved() throws -> Int64 { try #require(try database.user(user)).reservedBytes }

  private func seconds(of url: String) throws -> Int {
    let items = try #require(URLComponents(string: url)?.queryItems)
    return try #require(items.first { $0.name == "X-Amz-Expires" }?.value.flatMap { Int($0) })
  }

  @Test(arguments: [(900.0, 900), (899.9, 899), (300, 300), (60, 60)])
  func `every URL ends with the session, and the answer says so`(left: Double, seconds: Int) throws {
    let uploads = try uploads(endingAfter: left)
    let ticket = try uploads.presigner.presign(claim(), for: user, at: Self.now)
    #expect(try self.seconds(of: ticket.put.url) == seconds)
    #expect(ticket.expiresAt == Self.now + Double(seconds))
    let file = try #require(FileID(ticket.fileId))
    #expect(try database.file(file)?.expiresAt == ticket.expiresAt)

    let form = try uploads.form(wish(), for: user, at: Self.now)
    #expect(form.seconds == seconds)
    let formFile = try #require(FileID(form.fileId))
    #expect(try database.file(formFile)?.expiresAt == Self.now + Double(seconds))

    let begun = try uploads.multiparts.begin(claim(size: 11 << 20), for: user, at: Self.now)
    #expect(begun.expiresAt == Self.now + 86_400, "a multipart upload outlives sessions; its URLs do not")
    let upload = try #require(FileID(begun.fileId))
    let parts = try uploads.multiparts.sign([1, 2, 3], of: upload, for: user, at: Self.now)
    #expect(try parts.allSatisfy { try self.seconds(of: $0.url) == seconds })
    #expect(parts.allSatisfy { $0.expiresAt == Self.now + Double(seconds) })

    let companion = try uploads.begin(wish(), for: user, at: Self.now)
    let signed = try uploads.sign([1, 2], of: companion, for: user, at: Self.now)
    #expect(signed.seconds == seconds)
    #expect(try signed.urls.values.allSatisfy { try self.seconds(of: $0) == seconds })
  }

  @Test(arguments: [59.9, 1, 0, -10]) func `under a minute nothing is signed, and nothing stays reserved`(left: Double)
    throws
  {
    let uploads = try uploads(endingAfter: left)
    let long = try self.uploads(endingAfter: 900)
    let begun = try #require(FileID(try long.multiparts.begin(claim(size: 11 << 20), for: user, at: Self.now).fileId))
    let companion = try long.begin(wish(), for: user, at: Self.now)
    let before = try reserved()
    func isUnavailable(_ body: () throws -> Void) -> Bool {
      do {
        try body()
        return false
      } catch {
        guard case .unavailable(let detail)? = error as? StorageError else { return false }
        return detail.contains("credentials") && !detail.contains("very-secret")
      }
    }
    #expect(isUnavailable { _ = try uploads.presigner.presign(claim(), for: user, at: Self.now) })
    #expect(isUnavailable { _ = try uploads.form(wish(), for: user, at: Self.now) })
    #expect(isUnavailable { _ = try uploads.multiparts.sign([1], of: begun, for: user, at: Self.now) })
    #expect(isUnavailable { _ = try uploads.sign([1], of: companion, for: user, at: Self.now) })
    #expect(try reserved() == before)
  }
}
