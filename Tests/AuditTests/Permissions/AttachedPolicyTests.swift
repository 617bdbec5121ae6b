import Core
import Foundation
import S3
import TestSupport
import Testing

@testable import Audit

/// The comparison of attached policies with those that the code needs.
@Suite struct AttachedPolicyTests {
  private let fixture: AuditFixture
  private let attached: ScratchFolder

  init() throws {
    attached = try ScratchFolder()
    fixture = try AuditFixture([
      "STOWAGE_ATTACHED_POLICIES": attached.path,
      "STOWAGE_IAM_DOCUMENTS": CallScan.root.appending(path: "conf/iam").path,
      "STOWAGE_AWS_ACCOUNT": "123456789012", "STOWAGE_CLOUDFRONT_DISTRIBUTION": "E1EXAMPLE",
    ])
  }

  private func filled(_ party: Party) throws -> JSONValue {
    let data = try Data(contentsOf: CallScan.root.appending(path: "conf/iam/\(party.rawValue).json"))
    return try PermissionDocument(json: Array(data), settings: fixture.subject().settings, source: "old").document
  }

  private func attach(_ text: String, as name: String) throws -> Finding {
    try Data(text.utf8).write(to: URL(filePath: attached.file("\(name).json")))
    let report = try fixture.audit("permissions.attached")
    return try #require(report.findings.first { $0.place.hasSuffix("/\(name).json") })
  }

  @Test(arguments: Party.allCases)
  func `a policy as stowage permissions prints it passes, alone and as the AWS CLI prints it`(party: Party) throws {
    let text = try filled(party).json()
    for printed in [
      text, #"{"RoleName": "r", "PolicyDocument": \#(text)}"#, #"{"PolicyVersion": {"Document": \#(text)}}"#,
    ] {
      let finding = try attach(printed, as: party.rawValue)
      #expect(finding.outcome == .pass, "\(finding.text)")
    }
  }

  @Test(arguments: [
    (#""Action": "s3:*", "Resource": "arn:aws:s3:::uploads-raw/*""#, "no code performs s3:*"),
    (#""Action": "*", "Resource": "*""#, "no code performs *"),
    (#""Action": "s3:Get*", "Resource": "arn:aws:s3:::uploads-raw/*""#, "no code performs s3:Get*"),
    (
      #""Action": ["s3:GetObject", "s3:PutBucketPolicy"], "Resource": "arn:aws:s3:::uploads-raw/*""#,
      "s3:PutBucketPolicy"
    ),
    (#""Action": "s3:GetObject", "Resource": "*""#, "s3:GetObject on * is wider"),
    (#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::*""#, "s3:GetObject on arn:aws:s3:::* is wider"),
    (#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::uploads-*/a""#, "is wider"),
    (#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::uploads-ra?/*""#, "is wider"),
    (#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::system-backups/*""#, "is wider"),
    (#""NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::uploads-raw/*""#, "NotAction"),
    (#""Action": "s3:GetObject", "NotResource": "arn:aws:s3:::uploads-raw/*""#, "NotResource"),
  ])
  func `everything beyond the code is named`(members: String, words: String) throws {
    let statement = #"{"Sid": "Wide", "Effect": "Allow", \#(members)}"#
    let finding = try attach(#"{"Version": "2012-10-17", "Statement": [\#(statement)]}"#, as: "files")
    #expect(
      finding.outcome == .fail && finding.text.contains("Wide: ") && finding.text.contains(words),
      "\(finding.text)"
    )
  }

  @Test func `less than the code needs passes, and so does a statement that denies`() throws {
    let text = """
      {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:getobject", "Resource": "arn:aws:s3:::uploads-raw/ada/*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
      """
    #expect(try attach(text, as: "files").outcome == .pass)
  }

  @Test func `a missing condition is named`() throws {
    let text = try filled(.uploadSigner).json()
    let open = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    var policy = try #require(open)
    var statements = try #require(policy["Statement"] as? [[String: Any]])
    for index in statements.indices { statements[index]["Condition"] = nil }
    policy["Statement"] = statements
    let bare = String(decoding: try JSONSerialization.data(withJSONObject: policy), as: UTF8.self)
    let finding = try attach(bare, as: "upload-signer")
    #expect(finding.outcome == .fail && finding.text.contains("lacks the condition"), "\(finding.text)")
  }

  @Test(arguments: [("nobody", "{}", Finding.Outcome.fail), ("files", "{", .unknown), ("worker", "{}", .fail)])
  func `a policy that cannot be judged never passes`(name: String, text: String, outcome: Finding.Outcome) throws {
    #expect(try attach(text, as: name).outcome == outcome)
  }

  @Test func `without folders a person must look, and an empty folder is unknown`() throws {
    #expect(try AuditFixture().audit("permissions.attached").outcome("permissions.attached") == .manual)
    #expect(try fixture.audit("permissions.attached").outcome("permissions.attached") == .unknown)
  }
}
