import Core
import Database
import Foundation
import HTTP
import S3
import Signing
import Storage
import TestSupport
import Testing

@testable import Uploads

/// Unsigned headers that a client adds to an upload, sent to real stores.
@Suite struct UnsignedHeaderTests {
  private typealias Headers = [(name: String, value: String)]

  private let client = HTTPClient()
  private let folder: ScratchFolder
  private let database: FileDatabase
  private let user: UserID
  /// The policy for a store that obeys unsigned headers.
  private let policy = UploadPolicy(signsACL: true, guardsCopies: true)

  private static let everybody = #"uri="http://acs.amazonaws.com/groups/global/AllUsers""#
  private static let secret = Array("what somebody else uploaded".utf8)
  private static let sent = Array("what its sender sends".utf8)

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    user = try #require(UserID("eve"))
    _ = try database.user(user, plan: .standard, quotaBytes: 1 << 30, at: .now)
  }

  private func claim(size: Int = sent.count) throws -> UploadClaim {
    try UploadClaim(filename: "a.pdf", size: Int64(size), contentType: "application/pdf", policy: policy)
  }

  private func put(_ url: String, _ headers: Headers, _ body: [UInt8] = sent) throws -> HTTPResponse {
    try client.send(HTTPRequest("PUT", url, headers: headers, body: .bytes(body)))
  }

  /// Returns true if the object, or any version of it, can be read without credentials.
  private func isPublic(_ key: String, in bucket: String, _ store: S3Store) throws -> Bool {
    let url = store.publicURL(of: key, in: bucket)
    let versions = try store.listVersions(bucket, prefix: key, after: nil, limit: 100).items.map(\.version)
    for address in [url] + versions.map({ "\(url)?versionId=\($0)" }) {
      if try client.send(HTTPRequest("GET", address)).head.isSuccess { return true }
    }
    return false
  }

  private func bytes(_ key: String, in bucket: String, _ store: S3Store) throws -> [UInt8]? {
    do {
      return try store.bytes(of: key, in: bucket, limit: 1 << 20)
    } catch StoreError.notFound {
      return nil
    }
  }

  private func record(_ fileId: String) throws -> FileRecord {
    let file = try #require(FileID(fileId))
    return try #require(try database.file(file))
  }

  private func key(_ fileId: String) throws -> String {
    try record(fileId).rawKey
  }

  @Test(arguments: RealStore.strict) func `an upload that its sender makes public stays private`(server: RealStore)
    throws
  {
    try server.withBucket { store, bucket in
      let presigner = Presigner(policy: policy, bucket: RawBucket(bucket, in: store), database: database)
      for list in ["public-read", "public-read-write", "authenticated-read"] {
        for name in ["x-amz-acl", "X-Amz-Acl", "x_amz_acl"] {
          for isFirst in [true, false] {
            let ticket = try presigner.presign(claim(), for: user, at: .now)
            let more = [(name: name, value: list)]
            let headers = isFirst ? more + ticket.put.headers : ticket.put.headers + more
            let answer = try put(ticket.put.url, headers)
            let found = try isPublic(key(ticket.fileId), in: bucket, store)
            #expect(!found, "\(name): \(list) \(isFirst) \(answer.head.status)")
          }
        }
        let ticket = try presigner.presign(claim(), for: user, at: .now)
        let replaced = ticket.put.headers.filter { $0.name != "x-amz-acl" } + [("x-amz-acl", list)]
        _ = try put(ticket.put.url, replaced)
        #expect(try !isPublic(key(ticket.fileId), in: bucket, store), "\(list) in its place")
      }
      for right in ["read", "full-control", "read-acp", "write-acp"] {
        let ticket = try presigner.presign(claim(), for: user, at: .now)
        _ = try put(ticket.put.url, ticket.put.headers + [("x-amz-grant-\(right)", Self.everybody)])
        #expect(try !isPublic(key(ticket.fileId), in: bucket, store), "grant of \(right)")
      }
      let honest = try presigner.presign(claim(), for: user, at: .now)
      #expect(try put(honest.put.url, honest.put.headers).head.status == 200)
      #expect(try bytes(key(honest.fileId), in: bucket, store) == Self.sent)
    }
  }

  /// Returns every set of headers that makes a PUT a copy.
  private func copies(of source: String, _ bucket: String) -> [Headers] {
    ["/\(bucket)/\(source)", "\(bucket)/\(source)", "%2F\(bucket)%2F\(source)"].flatMap { path -> [Headers] in
      let copy = [(name: "x-amz-copy-source", value: path)]
      return [
        copy, copy + [("x-amz-metadata-directive", "REPLACE")], copy + [("x-amz-metadata-directive", "COPY")],
        copy + [("x-amz-copy-source-range", "bytes=0-\(Self.secret.count - 1)")],
        copy + [
          ("x-amz-copy-source-range", "bytes=0-\(Self.secret.count - 1)"), ("x-amz-metadata-directive", "REPLACE"),
        ],
      ]
    }
  }

  @Test(arguments: RealStore.strict) func `an upload never becomes a copy of an object that its sender may not read`(
    server: RealStore
  ) throws {
    try server.withBucket { store, bucket in
      let presigner = Presigner(policy: policy, bucket: RawBucket(bucket, in: store), database: database)
      _ = try store.put(.bytes(Self.secret), to: "secret", in: bucket)
      for more in copies(of: "secret", bucket) {
        for isFirst in [true, false] {
          let ticket = try presigner.presign(claim(), for: user, at: .now)
          _ = try put(ticket.put.url, isFirst ? more + ticket.put.headers : ticket.put.headers + more)
          let stored = try bytes(key(ticket.fileId), in: bucket, store)
          #expect(stored == nil || stored == Self.sent, "\(more) \(isFirst)")
        }
      }
    }
  }

  @Test(arguments: RealStore.strict, [true, false])
  func `a part never becomes such a copy, on the API's routes or on Companion's`(
    server: RealStore,
    isCompanion: Bool
  ) throws {
    try server.withBucket { store, bucket in
      let own = MultipartUploads(policy: policy, bucket: RawBucket(bucket, in: store), database: database)
      let companion = CompanionUploads(
        presigner: Presigner(policy: policy, bucket: RawBucket(bucket, in: store), database: database),
        multiparts: MultipartUploads(policy: policy, bucket: RawBucket(bucket, in: store), database: database)
      )
      _ = try store.put(.bytes(Self.secret), to: "secret", in: bucket)
      for more in copies(of: "secret", bucket) {
        for body in [[], Self.sent] {
          let (url, headers, upload): (String, Headers, OpenUpload)
          if isCompanion {
            let wish = try CompanionClaim(filename: "a.pdf", type: nil, metadata: ["stowageSize": "99"], policy: policy)
            let begun = try companion.begin(wish, for: user, at: .now)
            let signed = try companion.sign([1], of: begun, for: user, at: .now)
            (url, headers) = (try #require(signed.urls[1]), signed.headers)
            upload = try own.open(record(begun.id))
          } else {
            let begun = try own.begin(claim(size: Self.sent.count), for: user, at: .now)
            let file = try #require(FileID(begun.fileId))
            let ticket = try own.sign([1], of: file, for: user, at: .now)[0]
            (url, headers, upload) = (ticket.url, ticket.headers, try own.open(file, of: user))
          }
          for isFirst in [true, false] {
            let answer = try put(url, isFirst ? more + headers : headers + more, body)
            let parts = try store.listParts(of: upload.id, to: upload.key, in: bucket, after: nil, limit: 9).items
            #expect(parts.allSatisfy { $0.size == body.count }, "\(more) \(isFirst) \(answer.head.status)")
          }
          try store.abortMultipartUpload(upload.id, to: upload.key, in: bucket)
          _ = try database.abort(upload.file, of: user, removingAt: .now)
        }
      }
    }
  }

  @Test(arguments: RealStore.strict)
  func `a form fixes the access control list, and an added header changes nothing`(
    server: RealStore
  ) throws {
    try server.withBucket { store, bucket in
      let uploads = CompanionUploads(
        presigner: Presigner(policy: policy, bucket: RawBucket(bucket, in: store), database: database),
        multiparts: MultipartUploads(policy: policy, bucket: RawBucket(bucket, in: store), database: database)
      )
      let wish = try CompanionClaim(filename: "a.pdf", type: nil, metadata: [:], policy: policy)
      let list: Headers = [("acl", "public-read")]
      let header: Headers = [("x-amz-acl", "public-read"), ("x-amz-grant-read", Self.everybody)]
      let copy: Headers = [("x-amz-copy-source", "/\(bucket)/secret")]
      _ = try store.put(.bytes(Self.secret), to: "secret", in: bucket)
      for (before, behind, headers) in [
        ([], [], []), (list, [], []), ([], list, []), ([], [], header), ([], [], copy), ([], copy, []),
      ] as [(Headers, Headers, Headers)] {
        let form = try uploads.form(wish, for: user, at: .now)
        #expect(form.fields.contains { $0.name == "acl" && $0.value == "private" })
        let request = FormUpload(fields: before + form.fields + behind, file: Self.sent)
        let answer = try client.send(request.request(to: form.url, headers: headers))
        if before.isEmpty, behind.isEmpty { #expect(answer.head.isSuccess, "\(headers)") }
        let key = try key(form.fileId)
        let stored = try bytes(key, in: bucket, store)
        #expect(stored == nil || stored == Self.sent, "\(before) \(behind) \(headers)")
        #expect(try !isPublic(key, in: bucket, store), "\(before) \(behind) \(headers)")
      }
    }
  }

  @Test func `a multipart upload begins with a private access control list`() throws {
    let ok = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
    for (policy, isSaid) in [(policy, true), (UploadPolicy(), false)] {
      let server = try ScriptedServer(.bytes("HTTP/1.1 200 OK\r\nContent-Length: \(ok.utf8.count)\r\n\r\n\(ok)"))
      defer { server.stop() }
      let endpoint = try #require(S3Endpoint(server.url))
      let store = S3Store(
        S3Configuration(endpoint: endpoint, credentials: Credentials(accessKeyID: "a", secretAccessKey: "s"))
      )
      let uploads = MultipartUploads(policy: policy, bucket: RawBucket("raw", in: store), database: database)
      _ = try uploads.begin(claim(), for: user, at: .now)
      let head = try #require(server.requests.first).head.lowercased()
      #expect(head.contains("\r\nx-amz-acl: private\r\n") == isSaid)
      #expect(head.contains("content-length;") || !isSaid || head.contains("x-amz-acl;"), "it is signed, too")
    }
  }
}
