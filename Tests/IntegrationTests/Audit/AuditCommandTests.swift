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

  /// The failures that a test cannot avoid: `script/test` may run as root, and answers to every host.
  private static let accepted: Set<String> = ["process.user", "nginx.user", "nginx.unknown-host"]

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

  @Test(arguments: AuditCause.all) func `one wrong thing is found, and nothing else`(cause: AuditCause) throws {
    let system = try Self.system.get()
    let before = try Self.baseline.get().failed
    defer { #expect(throws: Never.self) { try system.restore() } }
    try cause.make(system)
    let report = try system.audit()
    let new = report.findings.filter { $0.outcome == "fail" && !before.contains($0.id) }
    #expect(Set(new.map(\.id)) == [cause.check], "\(new)")
    #expect(before.isSubset(of: report.failed))
  }

  @Test func `the causes are more than thirty, and each names a different thing`() {
    #expect(Set(AuditCause.all.map(\.name)).count == AuditCause.all.count)
    #expect(Set(AuditCause.all.map(\.check)).count >= 30)
  }
}
