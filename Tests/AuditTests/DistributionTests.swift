import Core
import Foundation
import TestSupport
import Testing

@testable import Audit

/// The checks of a CloudFront distribution, on moto.
@Suite struct DistributionTests {
  private func create(_ way: String) throws -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let python = folder.appending(path: "../../.venv/bin/python").path
    let output = try run(python, [folder.appending(path: "Python/distribution.py").path, try Moto.shared().url, way])
    return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func audit(_ distribution: String, at url: String) throws -> AuditReport {
    var subject = try AuditFixture().subject()
    subject.settings.cloudFront = CloudFrontSettings(
      distribution: distribution,
      url: url,
      keys: StoreSettings.AccessKeys(accessKey: "test", secretKey: Secret("very-secret-key-of-cloudfront"))
    )
    return Audit(subject).run(Check.cdn, at: .now)
  }

  @Test func `a distribution as it should be fails nothing, and each check was made`() throws {
    let report = try audit(create(""), at: Moto.shared().url)
    #expect(report.findings.count == Check.cdn.count)
    let open = report.findings.filter { $0.outcome != .pass }
    #expect(open.isEmpty, "\(open)")
  }

  @Test(arguments: [
    ("disabled", "cdn.exists"), ("plain *", "cdn.viewer-https"), ("plain /private/*", "cdn.viewer-https"),
    ("old-tls", "cdn.tls-version"), ("default-certificate", "cdn.tls-version"), ("bucket", "cdn.origin-access"),
    ("origin-http", "cdn.origin-https"), ("origin-tls", "cdn.origin-https"), ("open /private/*", "cdn.guarded"),
    ("open /premium/*", "cdn.guarded"), ("no /private/*", "cdn.guarded"), ("keeps 403", "cdn.error-caching"),
    ("default 404", "cdn.error-caching"), ("no-firewall", "cdn.firewall"),
  ])
  func `one wrong thing is found, and nothing else`(way: String, check: String) throws {
    let report = try audit(create(way), at: Moto.shared().url)
    let failed = report.findings.filter { $0.outcome == .fail }
    #expect(Set(failed.map(\.check.id)) == [check], "\(failed)")
  }

  @Test func `a distribution that CloudFront does not know is one finding`() throws {
    let report = try audit("ENOBODY", at: Moto.shared().url)
    #expect(report.findings.filter { $0.outcome == .fail }.map(\.check.id) == ["cdn.exists"])
    #expect(report.count(.pass) == 0)
  }

  private func answer(_ status: String, _ body: String) -> ScriptedServer.Answer {
    .bytes("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  @Test(arguments: ["403 Forbidden", "500 Internal Server Error"])
  func `a refusal is unknown, and never a pass`(status: String) throws {
    let server = try ScriptedServer(answer(status, "<E><Code>AccessDenied</Code></E>"))
    defer { server.stop() }
    let report = try audit("E1", at: server.url)
    #expect(report.findings.allSatisfy { $0.outcome == .unknown })
    #expect(!report.findings.flatMap(\.evidence).contains { $0.contains("very-secret") })
  }

  @Test(arguments: [("E2ACCESS", Finding.Outcome.pass), ("", .fail)])
  func `a bucket needs Origin Access Control`(control: String, outcome: Finding.Outcome) throws {
    let document = """
      <DistributionConfig><Enabled>true</Enabled><Origins><Items><Origin>
      <DomainName>uploads-processed.s3.eu-central-1.amazonaws.com</DomainName>
      <S3OriginConfig><OriginAccessIdentity/></S3OriginConfig>
      <OriginAccessControlId>\(control)</OriginAccessControlId></Origin></Items></Origins></DistributionConfig>
      """
    let server = try ScriptedServer(answer("200 OK", document))
    defer { server.stop() }
    #expect(try audit("E1", at: server.url).outcome("cdn.origin-access") == outcome)
  }
}
