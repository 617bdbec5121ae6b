import Storage
import TestSupport
import Testing

@testable import Operations

extension DoctorTests {
  @Test func `a missing bucket`() throws {
    try node.store.memory.deleteBucket("system-backups")
    try expectOne(.bad, "bucket", "system-backups is not there", advice: "stowage buckets apply")
  }

  @Test func `raw uploads without versions`() throws {
    try node.store.setVersioning(false, of: "uploads-raw")
    try expectOne(.warning, "bucket", "uploads-raw keeps no versions: copies are kept", advice: "stowage buckets apply")
  }

  @Test func `four missing buckets are four complaints`() throws {
    for bucket in DoctorFixture.buckets { try node.store.memory.deleteBucket(bucket) }
    #expect(try node.complaints().map(\.part) == Array(repeating: "bucket", count: 4))
  }

  @Test func `a store that is down`() throws {
    node.usesMemoryStore = false
    let port = try #require(try freePorts(1).first)
    node.changes["STOWAGE_S3_URL"] = "http://127.0.0.1:\(port)"
    try expectOne(
      .bad,
      "store",
      "http://127.0.0.1:\(port)",
      advice: "Check that the store runs, that STOWAGE_S3_URL (http"
    )
  }

  @Test func `credentials that the store does not know`() throws {
    let server = try ScriptedServer(.bytes("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))
    defer { server.stop() }
    node.usesMemoryStore = false
    node.changes["STOWAGE_S3_URL"] = server.url
    try expectOne(
      .bad,
      "store",
      server.url,
      "access denied: 403",
      advice: "STOWAGE_S3_ACCESS_KEY and STOWAGE_S3_SECRET_KEY"
    )
  }

  @Test(arguments: [
    ("403 Forbidden", "InvalidAccessKeyId", "correct STOWAGE_S3_ACCESS_KEY"),
    ("403 Forbidden", "SignatureDoesNotMatch", "correct STOWAGE_S3_SECRET_KEY"),
    ("403 Forbidden", "AccessDenied", "allow this access key"),
    ("403 Forbidden", "ExpiredToken", "STOWAGE_S3_SESSION_TOKEN"),
    ("403 Forbidden", "RequestTimeTooSkewed", "clock"),
  ]) func `the reason of a store's refusal is shown, and the advice names the setting`(
    status: String,
    code: String,
    advice: String
  ) throws {
    let document = "<Error><Code>\(code)</Code><Message>m</Message></Error>"
    // The response to the first request, a HEAD, has no body, so the doctor repeats the request.
    let head = "HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n"
    let full = "HTTP/1.1 \(status)\r\nContent-Length: \(document.utf8.count)\r\n\r\n\(document)"
    let server = try ScriptedServer(.bytes(head), .bytes(full))
    defer { server.stop() }
    node.usesMemoryStore = false
    node.changes["STOWAGE_S3_URL"] = server.url
    try expectOne(.bad, "store", server.url, advice: advice)
  }

  @Test func `a store that cannot be written to`() throws {
    node.store.obey { call, _ in call.operation == .put ? .before(.accessDenied(detail: "read only")) : nil }
    try expectOne(.bad, "store", "read only", advice: "allow this access key")
  }

  @Test func `a store that returns other bytes`() throws {
    let memory = node.store.memory
    node.store.obey { call, _ in
      if call.operation == .get {
        _ = try memory.put(.bytes(Array("written by another doctor".utf8)), to: call.key, in: "uploads-processed")
      }
      return nil
    }
    try expectOne(.bad, "store", "other bytes", advice: "cannot be trusted")
  }

  @Test func `a store that does not delete`() throws {
    node.store.obey { call, _ in call.operation == .delete ? .before(.accessDenied(detail: "no deletion")) : nil }
    try expectOne(.bad, "store", "no deletion", advice: "allow this access key")
  }
}
