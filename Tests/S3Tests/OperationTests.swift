import S3
import Storage
import Synchronization
import TestSupport
import Testing

@Suite struct OperationTests {
  private func operation(
    _ method: String,
    bucket: Bool = true,
    key: Bool = true,
    _ query: Set<String> = [],
    _ headers: Set<String> = []
  ) -> String? {
    let found = S3Operation.of(method: method, hasBucket: bucket, hasKey: key, query: query, headers: headers)
    return found.map { ([$0.operation.name] + $0.traits.map(\.rawValue).sorted()).joined(separator: " ") }
  }

  @Test func `a request is the operation that AWS documents for it`() {
    #expect(operation("PUT") == "PutObject")
    #expect(operation("PUT", [], ["x-amz-tagging", "x-amz-acl", "if-match"]) == "PutObject acl ifMatch tags")
    #expect(operation("PUT", ["partNumber", "uploadId"]) == "UploadPart")
    #expect(operation("PUT", [], ["x-amz-copy-source"]) == "CopyObject")
    #expect(operation("HEAD", ["versionId"]) == "HeadObject version")
    #expect(operation("GET", ["uploadId", "max-parts"]) == "ListParts")
    #expect(operation("DELETE", ["uploadId"]) == "AbortMultipartUpload")
    #expect(operation("DELETE", ["versionId", "tagging"]) == "DeleteObjectTagging version")
    #expect(operation("POST", ["uploads"]) == "CreateMultipartUpload")
    #expect(operation("POST", ["uploadId"]) == "CompleteMultipartUpload")
    #expect(operation("POST") == nil)
    #expect(operation("HEAD", key: false) == "HeadBucket")
    #expect(operation("PUT", key: false) == "CreateBucket")
    #expect(operation("PUT", key: false, ["acl"]) == nil)
    #expect(operation("GET", key: false, ["list-type", "prefix"]) == "ListObjectsV2")
    #expect(operation("GET", key: false, ["versions"]) == "ListObjectVersions")
    #expect(operation("GET", key: false, ["versioning"]) == "GetBucketVersioning")
    #expect(operation("GET", key: false, ["uploads"]) == "ListMultipartUploads")
    #expect(operation("DELETE", key: false, ["cors"]) == "DeleteBucketCors")
    #expect(operation("DELETE", key: false, ["logging"]) == nil)
    #expect(operation("POST", key: false, ["delete"]) == "DeleteObjects")
    #expect(operation("GET", bucket: false, key: false) == "ListBuckets")
  }

  @Test func `every operation but a preflight needs a right, and a version needs another one`() {
    for operation in S3Operation.allCases {
      #expect(operation.rights().isEmpty == (operation == .preflight), "\(operation)")
    }
    for operation in [S3Operation.getObject, .headObject, .deleteObject, .putObjectTagging, .copyObject] {
      #expect(operation.rights() != operation.rights([.version]))
    }
    func names(_ operation: S3Operation, _ traits: Set<S3Operation.Trait> = []) -> [String] {
      operation.rights(traits).map { "\($0.action) \($0.resource.rawValue)\($0.isOfSource ? " source" : "")" }.sorted()
    }
    #expect(names(.headObject) == ["s3:GetObject object", "s3:ListBucket bucket"])
    #expect(
      names(.putObject, [.tags, .acl]) == [
        "s3:PutObject object", "s3:PutObjectAcl object", "s3:PutObjectTagging object",
      ]
    )
    #expect(names(.listMultipartUploads) == ["s3:ListBucketMultipartUploads bucket"])
    #expect(names(.listParts) == ["s3:ListMultipartUploadParts object"])
    #expect(names(.abortMultipartUpload) == ["s3:AbortMultipartUpload object"])
    #expect(names(.copyObject) == ["s3:GetObject object source", "s3:ListBucket bucket source", "s3:PutObject object"])
    #expect(names(.copyObject, [.version]).contains("s3:GetObjectVersion object source"))
    #expect(names(.copyObject, [.version, .tags]).contains("s3:GetObjectVersionTagging object source"))
  }
}

@Suite struct `The documents of a bucket` {
  /// Returns the operation of a request as it was sent.
  private func operation(_ head: String) throws -> S3Operation {
    let words = head.split(separator: " ")
    let parts = try #require(words.dropFirst().first).split(separator: "?", maxSplits: 1)
    let query = (parts.dropFirst().first ?? "").split(separator: "&").map { String($0.prefix { $0 != "=" }) }
    let found = S3Operation.of(
      method: String(words[0]),
      hasBucket: true,
      hasKey: false,
      query: Set(query),
      headers: []
    )
    return try #require(found?.operation, "\(head.prefix(80))")
  }

  @Test func `each is read, written and removed by its own operation`() throws {
    var seen: Set<S3Operation> = []
    for kind in DocumentKind.allCases {
      let empty = kind == .policy ? "{}" : "<A></A>"
      let server = try ScriptedServer(.bytes(answer(empty)), .bytes(answer("")), .bytes(answer("")))
      defer { server.stop() }
      let store = try scriptedStore(server.url)
      _ = try store.document(kind, of: "b")
      try store.setDocument(kind, .object([:]), of: "b")
      if kind != .versioning { try store.removeDocument(kind, of: "b") }
      let operations = try server.requests.map { try operation($0.head) }
      let verbs = operations.map { String($0.name.prefix(3)) }
      #expect(
        verbs == ["Get", "Put"]
          + (kind == .versioning ? [] : [.logging, .notification].contains(kind) ? ["Put"] : ["Del"])
      )
      seen.formUnion(operations)
    }
    #expect(seen.count == 24)
  }
}

@Suite struct `A refused call` {
  @Test func `is reported with its bucket and its actions, but without its key`() throws {
    let server = try ScriptedServer(
      .bytes(answer("", status: "403 Forbidden")),
      .bytes(answer("<Error><Code>AccessDenied</Code><Message>no</Message></Error>", status: "403 Forbidden")),
      .bytes(answer("<Error><Code>SignatureDoesNotMatch</Code></Error>", status: "403 Forbidden"))
    )
    defer { server.stop() }
    let reports = Mutex<[String]>([])
    let store = try scriptedStore(server.url).reporting { call in reports.withLock { $0.append("\(call)") } }
    let head = failure { () throws(StoreError) in
      try store.head("ann/secret.jpg", in: "b", version: VersionID("v"))
    }
    let list = failure { () throws(StoreError) in try store.listVersions("b", prefix: "ann/", after: nil, limit: 1) }
    let signature = failure { () throws(StoreError) in try store.delete("ann/x", in: "b") }
    #expect(head == .accessDenied(detail: "403: HeadObject in b needs s3:GetObjectVersion, s3:ListBucket"))
    #expect(
      list == .accessDenied(detail: "403 AccessDenied no: ListObjectVersions in b needs s3:ListBucketVersions")
    )
    #expect(signature == .accessDenied(detail: "403 SignatureDoesNotMatch"))
    #expect(
      reports.withLock { $0 } == [
        "HeadObject in b needs s3:GetObjectVersion, s3:ListBucket",
        "ListObjectVersions in b needs s3:ListBucketVersions",
      ]
    )
  }
}
