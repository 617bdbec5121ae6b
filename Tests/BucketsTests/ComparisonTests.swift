import S3
import Testing

@testable import Buckets

/// Rules that are equal in another form, and differences.
@Suite struct ComparisonTests {
  @Test(arguments: [
    (
      DocumentKind.lifecycle,
      #"{"Rules":[{"ID":"a","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":3}}]}"#,
      #"{"TransitionDefaultMinimumObjectSize":"all_storage_classes_128K","Rules":[{"ID":"a","Status":"Enabled","Prefix":"","Expiration":{"Days":3,"ExpiredObjectDeleteMarker":false},"Transitions":[]}]}"#
    ),
    (
      .lifecycle,
      #"{"Rules":[{"ID":"a","Status":"Enabled","Filter":{"Tag":{"Key":"k","Value":"v"}},"Expiration":{"Date":"2030-01-01"}},{"ID":"b","Status":"Enabled","Filter":{},"Expiration":{"Days":1}}]}"#,
      #"{"Rules":[{"ID":"b","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":1}},{"ID":"a","Status":"Enabled","Filter":{"And":{"Prefix":"","Tags":[{"Key":"k","Value":"v"}]}},"Expiration":{"Date":"2030-01-01T00:00:00.000Z"}}]}"#
    ),
    (
      .encryption, #"{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}"#,
      #"{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BucketKeyEnabled":false,"BlockedEncryptionTypes":{"EncryptionType":["SSE-C"]}}]}"#
    ),
    (
      .cors,
      #"{"CORSRules":[{"ID":"a","AllowedMethods":["GET","PUT"],"AllowedOrigins":["null"],"AllowedHeaders":["x"]}]}"#,
      #"{"CORSRules":[{"ID":"a","AllowedMethods":["PUT","GET"],"AllowedOrigins":["null"],"AllowedHeaders":["X"],"MaxAgeSeconds":0}]}"#
    ),
    (
      .cors, #"{"CORSRules":[{"ID":"a","AllowedMethods":["GET"],"AllowedOrigins":["null"]}]}"#,
      #"{"CORSRules":[{"AllowedMethods":["GET"],"AllowedOrigins":["null"]}]}"#
    ),
    (
      .policy,
      #"{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["r","q"],"Condition":{"Bool":{"aws:SecureTransport":false}}}]}"#,
      #"{"Version":"2012-10-17","Statement":{"Sid":"a","Effect":"Deny","Principal":{"AWS":"*"},"Action":["s3:*"],"Resource":["q","r"],"Condition":{"Bool":{"aws:SecureTransport":["false"]}}}}"#
    ),
    (.publicAccessBlock, #"{"BlockPublicAcls":true}"#, #"{"BlockPublicAcls":true,"IgnorePublicAcls":false}"#),
    (.versioning, #"{"Status":"Enabled"}"#, #"{"Status":"Enabled","MFADelete":"Disabled"}"#),
    (
      .logging, #"{"LoggingEnabled":{"TargetBucket":"l","TargetPrefix":"r/"}}"#,
      #"{"LoggingEnabled":{"TargetBucket":"l","TargetPrefix":"r/","TargetObjectKeyFormat":{"SimplePrefix":{}}}}"#
    ),
  ]) func `the same rules in another form are equal`(kind: DocumentKind, wanted: String, live: String) throws {
    let comparison = DocumentComparison(kind, wanted: try json(wanted), live: try json(live))
    #expect(comparison.changes.isEmpty, "\(comparison.changes)")
  }

  @Test func `each difference is named with both values`() throws {
    let wanted = try json(
      #"{"Rules":[{"ID":"a","Status":"Enabled","Filter":{},"Expiration":{"Days":365}},{"ID":"b","Status":"Enabled","Filter":{},"Expiration":{"Days":1}}]}"#
    )
    let live = try json(
      #"{"TransitionDefaultMinimumObjectSize":"varies_by_storage_class","Rules":[{"ID":"a","Status":"Enabled","Filter":{},"Expiration":{"Days":30}},{"ID":"theirs","Status":"Enabled","Filter":{},"Expiration":{"Days":2},"New":{"Field":"x"}}]}"#
    )
    let found = DocumentComparison(.lifecycle, wanted: wanted, live: live)
    #expect(
      found.changes == [
        DocumentComparison.Change(sign: .changed, name: "a", details: ["Expiration.Days: 30 → 365"]),
        DocumentComparison.Change(
          sign: .added,
          name: "b",
          details: ["Expiration.Days: 1", "Status: Enabled"]
        ),
        DocumentComparison.Change(
          sign: .removed,
          name: "TransitionDefaultMinimumObjectSize",
          details: ["varies_by_storage_class"]
        ),
        DocumentComparison.Change(
          sign: .foreign,
          name: "theirs",
          details: ["Expiration.Days: 2", "New.Field: x", "Status: Enabled"]
        ),
      ]
    )
    let rules = try #require(found.merged?["Rules"]?.items)
    #expect(
      rules.count == 3 && rules.last?["New"] == .object(["Field": .text("x")]),
      "rules of others stay as they are"
    )
    let pruned = DocumentComparison(.lifecycle, wanted: wanted, live: live, isPruning: true)
    #expect(
      pruned.merged?["Rules"]?.items.count == 2 && pruned.ours.contains { $0.sign == .removed && $0.name == "theirs" }
    )
  }

  @Test func `a second rule of the same name is not overlooked`() throws {
    let rule = #"{"ID":"a","AllowedMethods":["GET"],"AllowedOrigins":["https://a.example"]}"#
    let other = rule.replacing("a.example", with: "evil.example")
    let wanted = try json(#"{"CORSRules":[\#(rule)]}"#)
    for rules in ["\(rule),\(other)", "\(other),\(rule)"] {
      let found = DocumentComparison(.cors, wanted: wanted, live: try json(#"{"CORSRules":[\#(rules)]}"#))
      #expect(found.changes.contains { $0.name == "a (2)" && $0.sign == .removed })
      #expect(found.merged == wanted)
    }
  }

  @Test func `a switch without members is a difference`() throws {
    let on = try json(#"{"EventBridgeConfiguration":{}}"#)
    let found = DocumentComparison(.notification, wanted: on, live: try json("{}"))
    #expect(found.ours.map(\.name) == ["EventBridgeConfiguration"] && found.merged == on)
    #expect(DocumentComparison(.notification, wanted: on, live: on).changes.isEmpty)
  }

  @Test func `no document is left if nobody has a rule`() throws {
    let live = try json(#"{"Version":"1","Statement":[{"Sid":"mine","Effect":"Deny"}]}"#)
    let kept = DocumentComparison(.policy, wanted: nil, live: live)
    #expect(kept.ours.isEmpty && kept.merged == live)
    #expect(DocumentComparison(.policy, wanted: nil, live: live, isPruning: true).merged == nil)
  }
}
