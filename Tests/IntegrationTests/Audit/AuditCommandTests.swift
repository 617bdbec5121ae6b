import Foundation
import HTTP
import TestSupport
import Testing

/// `stowage audit` on a system that is right, and on the same system with one thing wrong.
@Suite(.serialized, .disturbsTheSystem, .enabled(if: isRunning, howToRun)) struct AuditCommandTests {
  /// The system, made once for all tests of this process, with a private file of `demo` and a file of somebody else.
  ///
  /// Tests of this suite run one after another.
  nonisolated(unsafe) private static let system = Result { () throws -> AuditedSystem in
    let stack = try #require(Stack.current)
    try upload(stack, visibility: "private", token: stack.token)
    try upload(stack, visibility: "private", token: TokenForge(stack).token(subject: "audited", expiresAt: .now + 600))
    return try AuditedSystem(stack)
  }

  /// The failures that a test cannot avoid: `script/test` may run as root.
  private static let accepted: Set<String> = ["process.user", "nginx.user"]

  private static func upload(_ stack: Stack, visibility: String, token: String) throws {
    let photo = try Photo.jpeg(width: 320, height: 240)
    let ticket = try stack.ticket(size: photo.count, visibility: visibility, token: token)
    let answer = try stack.put(photo, ticket)
    guard answer.head.isSuccess else { throw Unexpected("PUT: \(answer.head.status)") }
    _ = try stack.settled(ticket.fileId, token: token)
  }

  private static let baseline = Result { try system.get().audit() }

  @Test func `a right system fails nothing but what a test cannot have, and leaves no check out`() throws {
    let report = try Self.baseline.get()
    #expect(report.failed.isSubset(of: Self.accepted), "\(report.findings.filter { $0.outcome == "fail" })")
    let unknown = report.findings.filter { $0.outcome == "unknown" }
    #expect(unknown.isEmpty, "\(unknown)")
    let proven = Set(report.findings.filter { $0.outcome == "pass" && !$0.evidence.isEmpty }.map(\.id))
    let probed = [
      "bucket.anonymous-read", "bucket.anonymous-list", "bucket.anonymous-write", "bucket.cors-wildcard", "url.expired",
      "url.other-key", "url.other-length", "url.other-type", "url.unsigned-headers", "url.https", "nginx.tls-version",
      "nginx.tls-ciphers", "nginx.plain-http", "nginx.private-listeners", "nginx.guarded-images", "access.anonymous",
      "access.forged-user", "access.forged-event", "access.foreign-file", "access.private-image",
      "access.foreign-origin",
    ]
    for id in probed { #expect(proven.contains(id), "\(id) has no proof") }
  }

  /// The evidence by cause or check that shows that the probe got through.
  private static let proofs = [
    "bucket.anonymous-read": "anonymous-read → 200", "bucket.anonymous-list": "(a list) → 200",
    "a store that answers plain http": "/plain → 200", "a store where everybody writes": "anonymous-write → 200",
    "a store where everybody deletes": "anonymous-delete → 204",
    "url.expired": "/expired → 200", "url.other-key": "/other-key → 200",
    "url.other-length": "/other-length → 200", "url.other-type": "/other-type → 200",
    "url.unsigned-headers": "(x-amz-acl) → 200", "nginx.tls-version": "→ accepted", "nginx.tls-ciphers": "→ accepted",
    "nginx.plain-http": "→ 200", "nginx.guarded-images": "→ 404", "access.anonymous": "→ 200",
    "access.forged-user": "→ 200", "access.forged-event": "→ 200", "access.foreign-file": "(as another user) → 200",
    "access.private-image": "→ 200", "access.foreign-origin": "Access-Control-Allow-Origin: *",
    "a rendering of nobody's public file where a CDN reads": "images/demo/",
    "the site without TLS at another port": "listen 0.0.0.0",
    "a folder without TLS at another port": "root /nonexistent",
    "one permission for everybody": "fastcgi_cache_key $stowage_path",
    "a query that asks for another image": "set $stowage_path /private/demo/$arg_p",
    "refusals for pages of every origin": "GET https", "scanner.detects": "INSTREAM → OK",
    "scanner.signatures-age": "VERSION → ClamAV",
  ]

  @Test(arguments: AuditCause.all) func `one wrong thing is found, and nothing else`(cause: AuditCause) throws {
    let system = try Self.system.get()
    let before = try Self.baseline.get().failed
    defer { #expect(throws: Never.self) { try system.restore() } }
    try cause.make(system)
    let report = try system.audit()
    let new = report.findings.filter { $0.outcome == "fail" && !before.contains($0.id) }
    #expect(Set(new.map(\.id)) == [cause.check], "\(new)")
    #expect(before.isSubset(of: report.failed))
    if let proof = Self.proofs[cause.name] ?? Self.proofs[cause.check] {
      #expect(new.contains { $0.evidence.contains { $0.contains(proof) } }, "\(new)")
    }
  }

  @Test func `the causes are more than thirty, and each names a different thing`() {
    #expect(Set(AuditCause.all.map(\.name)).count == AuditCause.all.count)
    #expect(Set(AuditCause.all.map(\.check)).count >= 30)
  }
}
