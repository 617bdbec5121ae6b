import S3
import Storage
import TestSupport
import Testing

private let line =
  "<Contents><Key>k</Key><Size>2</Size><ETag>e</ETag><LastModified>2026-11-29T16:44:20Z</LastModified></Contents>"
private let objects = answer("<ListBucketResult><IsTruncated>false</IsTruncated>\(line)</ListBucketResult>")
private let never = answer("<VersioningConfiguration/>")
private let done = answer("", status: "204 No Content")

private func refusal(_ code: String, _ status: String) -> String {
  answer("<Error><Code>\(code)</Code><Message>m</Message></Error>", status: status)
}

private let notImplemented = refusal("NotImplemented", "501 Not Implemented")

extension ScriptedServer {
  /// The first line of each request.
  fileprivate var lines: [String] { requests.map { String($0.head.prefix { !$0.isNewline }) } }
}

@Suite struct `A store that lists no versions` {
  @Test(arguments: [
    notImplemented, refusal("MethodNotAllowed", "405 Method Not Allowed"), answer("", status: "405 Method Not Allowed"),
    refusal("MethodNotAllowed", "400 Bad Request"), refusal("InvalidArgument", "400 Bad Request"), objects,
  ])
  func `lists the objects of a bucket that never had versioning`(refused: String) throws {
    for versioning in [never, notImplemented, objects] {
      let server = try ScriptedServer(.bytes(refused), .bytes(versioning), .bytes(objects), .bytes(done))
      defer { server.stop() }
      let store = try scriptedStore(server.url)
      let found = try #require(try store.listVersions("b", prefix: "", after: nil, limit: 9).items.first)
      #expect(found.key == "k" && found.size == 2 && found.isLatest && !found.isDeleteMarker)
      try store.delete(found.key, in: "b", version: found.version)
      let lines = server.lines
      #expect(lines[0].contains("versions=") && lines[1].contains("versioning="))
      #expect(lines[2].contains("list-type=2") && lines[3] == "DELETE /b/k HTTP/1.1")
    }
  }

  @Test(arguments: ["Enabled", "Suspended"])
  func `is an error if the bucket does have versions`(status: String) throws {
    let kept = answer("<VersioningConfiguration><Status>\(status)</Status></VersioningConfiguration>")
    let server = try ScriptedServer(.bytes(notImplemented), .bytes(kept))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let outcome = failure { () throws(StoreError) in try store.listVersions("b", prefix: "", after: nil, limit: 9) }
    #expect(outcome == .invalidRequest(code: "NotImplemented", message: "m"))
    #expect(server.requests.count == 2)
  }

  @Test(arguments: [
    refusal("AccessDenied", "403 Forbidden"), refusal("NoSuchBucket", "404 Not Found"),
    answer("", status: "503 Service Unavailable"),
  ])
  func `is not assumed if access is denied or there is no answer`(refused: String) throws {
    let server = try ScriptedServer(.bytes(refused))
    defer { server.stop() }
    let store = try scriptedStore(server.url, attempts: 1)
    #expect(failure { () throws(StoreError) in try store.listVersions("b", prefix: "", after: nil, limit: 9) } != nil)
    #expect(server.requests.count == 1)
  }

  @Test func `is an error if it is unknown whether the bucket has versions`() throws {
    let server = try ScriptedServer(.bytes(notImplemented), .bytes(refusal("AccessDenied", "403 Forbidden")))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    guard
      case .accessDenied = failure({ () throws(StoreError) in
        try store.listVersions("b", prefix: "", after: nil, limit: 9)
      })
    else {
      Issue.record("the objects were taken for all there is")
      return
    }
  }

  @Test func `is asked once for many pages and deletions`() throws {
    let page = objects.replacing(
      "<IsTruncated>false</IsTruncated>",
      with: "<IsTruncated>true</IsTruncated><NextContinuationToken>t\n+%</NextContinuationToken>"
    )
    let first = answer(String(page.drop { $0 != "<" }))
    let server = try ScriptedServer(
      .bytes(notImplemented),
      .bytes(never),
      .bytes(first),
      .bytes(objects),
      .bytes(objects),
      .bytes(done)
    )
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let next = try #require(try store.listVersions("b", prefix: "p/", after: nil, limit: 9).next)
    #expect(try store.listVersions("b", prefix: "p/", after: next, limit: 9).next == nil)
    _ = try store.listVersions("b", prefix: "p/", after: nil, limit: 9)
    for key in ["k", "l"] { try store.delete(key, in: "b", version: VersionID("null")) }
    let lines = server.lines
    #expect(lines.count == 7 && lines.filter { $0.contains("versio") }.count == 2)
    #expect(lines[3].contains("continuation-token=t%0A%2B%25") && lines[3].contains("prefix=p%2F"))
    #expect(lines.suffix(2) == ["DELETE /b/k HTTP/1.1", "DELETE /b/l HTTP/1.1"])
  }

  @Test func `deletes what another process found there`() throws {
    let server = try ScriptedServer(
      .bytes(notImplemented),
      .bytes(notImplemented),
      .bytes(notImplemented),
      .bytes(objects),
      .bytes(done)
    )
    defer { server.stop() }
    try scriptedStore(server.url).delete("k", in: "b", version: VersionID("null"))
    #expect(server.lines.first == "DELETE /b/k?versionId=null HTTP/1.1")
    #expect(server.lines.last == "DELETE /b/k HTTP/1.1" && server.lines.count == 5)
  }

  @Test func `never deletes the object in place of a version`() throws {
    let server = try ScriptedServer(.bytes(notImplemented))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    #expect(failure { () throws(StoreError) in try store.delete("k", in: "b", version: VersionID("v1")) } != nil)
    #expect(server.lines == ["DELETE /b/k?versionId=v1 HTTP/1.1"])
  }

  @Test(arguments: [notImplemented, answer("", status: "405 Method Not Allowed"), objects])
  func `has no versioning if it does not know the setting`(versioning: String) throws {
    let server = try ScriptedServer(.bytes(versioning))
    defer { server.stop() }
    #expect(try !scriptedStore(server.url).isVersioned("b"))
  }
}
