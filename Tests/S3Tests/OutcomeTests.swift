import S3
import Storage
import TestSupport
import Testing

private let busy = "<Error><Code>SlowDown</Code><Message>m</Message></Error>"
private let copied = "<CopyObjectResult><ETag>\"e1\"</ETag></CopyObjectResult>"
private let made = "<CompleteMultipartUploadResult><ETag>&quot;e1&quot;</ETag></CompleteMultipartUploadResult>"

extension S3Store {
  fileprivate func copyOnce() throws(StoreError) -> PutResult { try copy(CopySource("k", in: "b"), to: "c", in: "b") }
}

@Suite struct `A 200 whose body has the outcome` {
  @Test func `is a failure if its document is an error, and tried again if that is temporary`() throws {
    for (document, success) in [(busy, copied), ("<Error><Code>InternalError</Code></Error>", copied), ("", copied)] {
      let server = try ScriptedServer(
        .bytes(answer(document)),
        .bytes(answer(success, headers: "x-amz-version-id: v\r\n"))
      )
      defer { server.stop() }
      let result = try scriptedStore(server.url).copyOnce()
      #expect(result == PutResult(etag: ETag("e1"), version: VersionID("v")) && server.requests.count == 2)
    }
    let server = try ScriptedServer(.bytes(answer(busy)), .bytes(answer(made)))
    defer { server.stop() }
    #expect(try scriptedStore(server.url).complete().etag == ETag("e1"))
  }

  @Test(arguments: [
    ("AccessDenied", StoreError.accessDenied(detail: "403 AccessDenied m")), ("NoSuchKey", .notFound),
    ("PreconditionFailed", .preconditionFailed), ("InvalidPart", .invalidRequest(code: "InvalidPart", message: "m")),
    ("EntityTooSmall", .invalidRequest(code: "EntityTooSmall", message: "m")),
  ])
  func `is a final failure if the error is permanent`(code: String, wanted: StoreError) throws {
    let server = try ScriptedServer(.bytes(answer("<Error><Code>\(code)</Code><Message>m</Message></Error>")))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    #expect(failure { () throws(StoreError) in try store.copyOnce() } == wanted)
    #expect(server.requests.count == 1)
  }

  @Test(arguments: ["", "<CopyObjectResult>", "<CopyObjectResult><ETag>\"e1\"</ETag>", "<Error>", "no XML"])
  func `is never a success if its document is truncated`(document: String) throws {
    let server = try ScriptedServer(.bytes(answer(document)))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    for outcome in [
      failure({ () throws(StoreError) in try store.copyOnce() }),
      failure({ () throws(StoreError) in try store.complete() }),
    ] {
      guard case .unexpected = outcome else {
        Issue.record("\(document): \(String(describing: outcome))")
        continue
      }
    }
    #expect(server.requests.count == 6)
  }

  @Test func `is awaited although nothing arrives for a while`() throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: \(made.utf8.count + 3)\r\n\r\n \n "
    let server = try ScriptedServer(.slow(head, seconds: 3.5, made))
    defer { server.stop() }
    #expect(try scriptedStore(server.url, attempts: 1, assemblyStall: 7).complete().etag == ETag("e1"))
    let impatient = try scriptedStore(server.url, attempts: 1)
    guard case .timeout = failure({ () throws(StoreError) in try impatient.complete() }) else {
      Issue.record("a stall was not noticed")
      return
    }
  }
}

@Suite struct `A lost response` {
  @Test func `copy: the request is repeated`() throws {
    let server = try ScriptedServer(
      .reset(after: ""),
      .cut(after: "HTTP/1.1 200 OK\r\n\r\n<Copy"),
      .bytes(answer(copied))
    )
    defer { server.stop() }
    #expect(try scriptedStore(server.url).copyOnce().etag == ETag("e1"))
    #expect(server.requests.count == 3 && Set(server.requests.map { $0.head.prefix { !$0.isNewline } }).count == 1)
  }

  @Test func `put, part, copy: a success without a tag gets the tag of the stored object`() throws {
    let untagged = answer("", headers: "ETag: \"\"\r\nx-amz-version-id: v1\r\n")
    let two = madeObject("e2").replacing("Content-Length: 0", with: "Content-Length: 2")
    let put = try ScriptedServer(.bytes(untagged), .bytes(two))
    defer { put.stop() }
    let stored = try scriptedStore(put.url).put(.bytes([1, 2]), to: "k", in: "b")
    #expect(stored == PutResult(etag: ETag("e2"), version: VersionID("v1")))
    #expect(put.requests.last?.head.hasPrefix("HEAD /b/k?versionId=v1 ") == true)
    let other = try ScriptedServer(.bytes(untagged), .bytes(two))
    defer { other.stop() }
    let store = try scriptedStore(other.url)
    #expect(failure { () throws(StoreError) in try store.put(.bytes([1]), to: "k", in: "b") } != nil)
    let listed =
      "<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>3</PartNumber><ETag>e3</ETag><Size>2</Size>"
      + "<LastModified>2026-11-29T16:44:20Z</LastModified></Part></ListPartsResult>"
    let part = try ScriptedServer(.bytes(answer("")), .bytes(answer(listed)))
    defer { part.stop() }
    let upload = UploadID("u")
    let sent = try scriptedStore(part.url).uploadPart(.bytes([1, 2]), number: 3, to: "k", in: "b", upload: upload)
    #expect(sent == CompletedPart(number: 3, etag: ETag("e3")))
    let copy = try ScriptedServer(.bytes(answer("<CopyObjectResult><ETag/></CopyObjectResult>")), .bytes(two))
    defer { copy.stop() }
    #expect(try scriptedStore(copy.url).copyOnce().etag == ETag("e2"))
  }

  @Test func `abort: an unknown upload is a success, a refusal is not`() throws {
    let server = try ScriptedServer(.reset(after: ""), .bytes(gone), .bytes(answer("", status: "403 Forbidden")))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    try store.abortMultipartUpload(UploadID("u"), to: "k", in: "b")
    #expect(failure { () throws(StoreError) in try store.abortMultipartUpload(UploadID("u"), to: "k", in: "b") } != nil)
  }

  @Test func `part: it is sent again, completely`() throws {
    let server = try ScriptedServer(.reset(after: ""), .bytes(answer("", headers: "ETag: \"e1\"\r\n")))
    defer { server.stop() }
    let bytes = [UInt8](repeating: 7, count: 100_000)
    let part = try scriptedStore(server.url).uploadPart(
      .bytes(bytes),
      number: 3,
      to: "k",
      in: "b",
      upload: UploadID("u&=/")
    )
    #expect(part == CompletedPart(number: 3, etag: ETag("e1")))
    #expect(server.requests.map(\.body) == [bytes, bytes])
    #expect(server.requests.allSatisfy { $0.head.hasPrefix("PUT /b/k?partNumber=3&uploadId=u%26%3D%2F ") })
  }
}

@Suite struct `Responses about many objects` {
  @Test func `each key has its own error, and a key that is not mentioned does not count as deleted`() throws {
    let document = """
      <DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b&lt;</Key><Code>AccessDenied</Code><Message>m</Message>
      </Error><Error><Key>c</Key><VersionId>v</VersionId><Code>InternalError</Code></Error>
      <Error><Key>d</Key><Code>NoSuchKey</Code></Error><Deleted><Key>stranger</Key></Deleted></DeleteResult>
      """
    let server = try ScriptedServer(.bytes(answer(document)))
    defer { server.stop() }
    let named = [
      ObjectReference("a"), ObjectReference("b<"), ObjectReference("c", version: VersionID("v")), ObjectReference("d"),
      ObjectReference("e"), ObjectReference("c", version: VersionID("w")),
    ]
    let failures = try scriptedStore(server.url).deleteAll(named, in: "b")
    #expect(failures.map(\.object) == [named[1], named[2], named[4], named[5]])
    guard
      case (.accessDenied, .unavailable, .unexpected, .unexpected) =
        (failures[0].error, failures[1].error, failures[2].error, failures[3].error)
    else {
      Issue.record("\(failures)")
      return
    }
    let request = try #require(server.requests.first)
    #expect(request.head.lowercased().contains("content-md5: ") && request.head.contains("x-amz-checksum-sha256: "))
    #expect(String(decoding: request.body, as: UTF8.self).contains("<Key>b&lt;</Key>"))
  }

  @Test(arguments: ["", "<DeleteResult><Deleted><Key>a</Key>", "<Error><Code>InternalError</Code></Error>"])
  func `a truncated or erroneous response to a batch is no success`(document: String) throws {
    let server = try ScriptedServer(.bytes(answer(document)))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    #expect(failure { () throws(StoreError) in try store.deleteAll([ObjectReference("a")], in: "b") } != nil)
    #expect(server.requests.count == 3)
  }

  @Test(arguments: [
    "<ListPartsResult><IsTruncated>true</IsTruncated></ListPartsResult>", "<ListPartsResult/>",
    "<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>0</PartNumber></Part></ListPartsResult>",
    "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>",
    "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>k</Key></Upload></ListMultipartUploadsResult>",
  ])
  func `a malformed listing is an error`(document: String) throws {
    let server = try ScriptedServer(.bytes(answer(document)))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let outcome =
      document.contains("Uploads")
      ? failure { () throws(StoreError) in try store.listMultipartUploads("b", prefix: "", after: nil, limit: 1) }
      : failure { () throws(StoreError) in
        try store.listParts(of: UploadID("u"), to: "k", in: "b", after: nil, limit: 1)
      }
    guard case .unexpected = outcome else {
      Issue.record("\(String(describing: outcome))")
      return
    }
  }

  @Test func `"not modified" is an error if the request had no condition`() throws {
    let server = try ScriptedServer(.bytes("HTTP/1.1 304 Not Modified\r\nETag: \"e1\"\r\n\r\n"))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    #expect(failure { () throws(StoreError) in try store.head("k", in: "b") } != nil)
    #expect(failure { () throws(StoreError) in try store.bytes(of: "k", in: "b", limit: 9) } != nil)
    let outcome = try store.head("k", in: "b", version: nil, condition: .ifNoneMatch(ETag("e1")))
    #expect(outcome == .notModified)
  }
}
