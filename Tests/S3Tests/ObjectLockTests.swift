import Foundation
import S3
import Signing
import TestSupport
import Testing

@Suite struct `A bucket` {
  @Test func `shows whether its objects can be locked`() throws {
    func answers(_ isLocked: Bool) -> ScriptedServer.Answer {
      let element = isLocked ? "<ObjectLockEnabled>Enabled</ObjectLockEnabled>" : ""
      let text = "<ObjectLockConfiguration>\(element)</ObjectLockConfiguration>"
      let head = "ETag: \"e\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: \(text.utf8.count)"
      return .bytes("HTTP/1.1 200 OK\r\n\(head)\r\n\r\n\(text)")
    }
    for isLocked in [true, false] {
      let server = try ScriptedServer(answers(isLocked))
      defer { server.stop() }
      let endpoint = try #require(S3Endpoint(server.url))
      let credentials = Credentials(accessKeyID: "a", secretAccessKey: "s")
      let store = S3Store(S3Configuration(endpoint: endpoint, credentials: credentials))
      #expect(try store.hasObjectLock("b") == isLocked)
      #expect(server.requests.first?.head.hasPrefix("GET /b?object-lock") == true)
    }
    try RealStore.seaweedFS.withBucket { store, bucket in
      let isLocked = try store.hasObjectLock(bucket)
      #expect(!isLocked)
    }
    guard RealStore.isGiven else { return }
    try RealStore.given.withBucket { store, bucket in
      let isLocked = try store.hasObjectLock(bucket)
      #expect(!isLocked)
    }
  }
}
