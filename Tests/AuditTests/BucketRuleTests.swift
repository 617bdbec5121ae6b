import Core
import Foundation
import S3
import Testing

/// The rules of buckets that are wrong one at a time on moto: the audit finds just the cause.
@Suite(.serialized) struct BucketRuleTests {
  private let buckets: AuditedBuckets
  private var settings: Settings { buckets.settings }

  init() throws { buckets = try AuditedBuckets.shared.get() }

  private func json(_ text: String) throws -> JSONValue { try JSONValue(json: Array(text.utf8)) }

  /// Changes a document of a bucket, and expects that the audit finds this check at this bucket, and nothing else.
  private func expect(
    _ check: String,
    _ kind: DocumentKind,
    of bucket: String,
    _ change: (JSONValue) throws -> JSONValue?
  ) throws {
    let store = buckets.store
    let before = try #require(try store.document(kind, of: bucket), "\(bucket) has no \(kind)")
    if let wrong = try change(before) {
      try store.setDocument(kind, wrong, of: bucket)
    } else {
      try store.removeDocument(kind, of: bucket)
    }
    let found = try buckets.findings()
    #expect(found.map { "\($0.id) \($0.where) \($0.outcome)" } == ["\(check) \(bucket) fail"], "\(kind): \(found)")
    try store.setDocument(kind, before, of: bucket)
  }

  @Test func `buckets with the rules of their documents have no finding`() throws {
    #expect(try buckets.findings().map(\.id) == [])
  }

  @Test func `each block of public access that is off is found, and a missing one too`() throws {
    let bucket = settings.buckets.processed
    for name in ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"] {
      try expect("bucket.public-access-block", .publicAccessBlock, of: bucket) { document in
        var document = document
        document[name] = .flag(false)
        return document
      }
    }
    try expect("bucket.public-access-block", .publicAccessBlock, of: settings.buckets.raw) { _ in nil }
  }

  @Test func `a log that is off or goes elsewhere is found`() throws {
    try expect("bucket.logging", .logging, of: settings.buckets.raw) { _ in try json("{}") }
    try expect("bucket.logging", .logging, of: settings.buckets.backups) { _ in
      try json(#"{"LoggingEnabled": {"TargetBucket": "\#(settings.buckets.logs)", "TargetPrefix": "elsewhere/"}}"#)
    }
  }

  @Test func `a policy without the statement that demands TLS is found`() throws {
    try expect("bucket.policy", .policy, of: settings.buckets.raw) { _ in nil }
  }

  @Test(arguments: [
    #"{"Action": "s3:GetObject"}"#, #"{"Condition": {"Bool": {"aws:SecureTransport": "true"}}}"#,
    #"{"Principal": {"AWS": "123456789012"}}"#,
  ])
  func `a statement that no longer demands TLS is found`(change: String) throws {
    try expect("bucket.policy", .policy, of: settings.buckets.raw) { document in
      var (document, statement) = (document, try #require(document["Statement"]?.items.first))
      for (name, value) in try json(change).members { statement[name] = value }
      document["Statement"] = .array([statement])
      return document
    }
  }

  @Test(arguments: [
    ("bucket.policy-wildcard", #""Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "s3:*""#),
    ("bucket.policy-principals", #""Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "s3:GetObject""#),
    ("bucket.policy-principals", #""Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:GetObject""#),
    (
      "bucket.policy-principals",
      #"""
      "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject", "Condition": {"StringEquals":
        {"AWS:SourceArn": "arn:aws:cloudfront::210987654321:distribution/E1"}}
      """#
    ),
  ])
  func `a statement that lets too much in is found`(check: String, statement: String) throws {
    try expect(check, .policy, of: settings.buckets.processed) { document in
      var document = document
      let resource = #""Resource": "arn:aws:s3:::\#(settings.buckets.processed)/*""#
      let wrong = try json(#"{"Sid": "Wrong", "Effect": "Allow", \#(resource), \#(statement)}"#)
      document["Statement"] = .array((document["Statement"]?.items ?? []) + [wrong])
      return document
    }
  }

  @Test func `versions, ownership, encryption and lifecycle that differ are found`() throws {
    let (raw, backups) = (settings.buckets.raw, settings.buckets.backups)
    try expect("bucket.versioning", .versioning, of: raw) { _ in try json(#"{"Status": "Suspended"}"#) }
    try expect("bucket.ownership", .ownership, of: backups) { _ in
      try json(#"{"Rules": [{"ObjectOwnership": "ObjectWriter"}]}"#)
    }
    try expect("bucket.encryption", .encryption, of: raw) { _ in nil }
    try expect("bucket.lifecycle", .lifecycle, of: backups) { _ in nil }
    try expect("bucket.cors", .cors, of: raw) { _ in nil }
  }
}
