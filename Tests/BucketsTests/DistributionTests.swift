import Core
import Foundation
import S3
import TestSupport
import Testing

@testable import Buckets

/// The statements about CloudFront in the repository's own documents.
@Suite struct DistributionTests {
  private func statements(_ role: BucketRole, _ changes: [String: String]) throws -> [String] {
    let fixture = try BucketFixture(at: "https://s3.us-east-1.amazonaws.com", changes)
    let text = try String(contentsOfFile: "\(BucketFixture.documents)/\(role.rawValue)/policy.json", encoding: .utf8)
    let placeholders = Placeholders(fixture.settings, role)
    guard let filled = try placeholders.filled(try JSONValue(json: Array(text.utf8))) else { return [] }
    guard case .array(let items)? = filled["Statement"] else { return [] }
    return items.map { "\($0)" }
  }

  private let account = ["STOWAGE_AWS_ACCOUNT": "123456789012", "STOWAGE_CLOUDFRONT_DISTRIBUTION": "E2QWRUHAPOMQZL"]

  @Test func `without a distribution there is no statement, and with one it names this distribution alone`() throws {
    for (role, name) in [
      (BucketRole.processed, "arn:aws:cloudfront::123456789012:distribution/E2QWRUHAPOMQZL"),
      (.logs, "arn:aws:logs:us-east-1:123456789012:delivery-source:*"),
    ] {
      let without = try statements(role, [:])
      let with = try statements(role, account)
      #expect(with.count == without.count + 1 && with.filter { $0.contains(name) }.count == 1, "\(role)")
    }
  }

  @Test func `a distribution without the account is an error that names the setting`() throws {
    let error = try #require(throws: Placeholders.Unfillable.self) {
      try statements(.processed, ["STOWAGE_CLOUDFRONT_DISTRIBUTION": "E2QWRUHAPOMQZL"])
    }
    #expect(error.text.contains("STOWAGE_AWS_ACCOUNT"))
  }
}
