import Core
import Foundation
import S3
import TestSupport
import Testing

@testable import Buckets

/// Documents that are refused before anything is sent.
@Suite struct DocumentCheckTests {
  private let fixture: BucketFixture

  init() throws { fixture = try BucketFixture() }

  /// Returns the complaint about one document of the raw bucket; nil if it is accepted.
  private func complaint(_ text: String, _ name: String) throws -> String? {
    let root = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: root.file("raw"), withIntermediateDirectories: true)
    _ = try root.write(Array(text.utf8), to: "raw/\(name).json")
    do {
      _ = try DocumentFolder(root.path, settings: fixture.settings).read([.raw])
      return nil
    } catch .invalidRequest(let text) {
      return text
    }
  }

  @Test func `the documents of the sources are accepted, with and without origins`() throws {
    let documents = try fixture.documents()
    #expect(documents.map(\.role) == BucketRole.allCases)
    #expect(documents.allSatisfy { $0.documents[.encryption] != nil && $0.documents[.policy] != nil })
    let closed = try BucketFixture(["STOWAGE_CORS_ORIGINS": "none"]).documents()
    let raw = try #require(closed.first { $0.role == .raw })
    #expect(raw.documents[.cors] == .some(.none), "no rule stays without origins")
  }

  @Test(arguments: [
    ("lifecycle", "{", "no JSON"), ("lifecycle", #"{"Rules": null}"#, "null"),
    ("lifecycle", #"{"Rules": [{"Status": "Enabled"}], "Rulez": 1}"#, "Rulez: an unknown field"),
    ("lifecycle", #"{"Rules": "all"}"#, "Rules: expected an array"),
    ("versioning", #"{"Status": "On"}"#, "Status: expected one of Enabled, Suspended"),
    ("versioning", "{}", "Status: missing"), ("weather", "{}", "an unknown document"),
    ("public-access-block", #"{"BlockPublicAcls": 1}"#, "expected true or false"),
    ("logging", #"{"LoggingEnabled": {"TargetBucket": "${nobody}", "TargetPrefix": ""}}"#, "nobody sets ${nobody}"),
    (
      "logging", #"{"LoggingEnabled": {"TargetBucket": "${account}", "TargetPrefix": ""}}"#, "needs STOWAGE_AWS_ACCOUNT"
    ),
    ("logging", #"{"LoggingEnabled": {"TargetBucket": "${raw}", "TargetPrefix": ""}}"#, "logs into itself"),
    ("logging", #"{"LoggingEnabled": {"TargetBucket": "x${origins}", "TargetPrefix": ""}}"#, "is a list"),
    ("logging", #"{"LoggingEnabled": {"TargetBucket": "${raw", "TargetPrefix": ""}}"#, "without }"),
    ("ownership", #"{"Rules": []}"#, "exactly one rule"), ("versioning", "", "is empty"),
    ("versioning", #"{"Status": "Enabled", "Status": "Suspended"}"#, "\"Status\" is there twice"),
    ("versioning", #"{"Status": "Enabled", "St\u0061tus": "Suspended"}"#, "\"Status\" is there twice"),
    ("lifecycle", String(repeating: "[", count: 450) + String(repeating: "]", count: 450), "more than 32 levels"),
    ("cors", #"{"CORSRules": [{"ID": "a", "AllowedMethods": ["GET"], "AllowedOrigins": ["*.*"]}]}"#, "more than one *"),
  ]) func `a document that cannot be is named, with the reason`(kind: String, text: String, words: String) throws {
    let complaint = try #require(try complaint(text, kind))
    #expect(complaint.contains(words) && complaint.contains("raw/\(kind).json"), "\(complaint)")
  }

  @Test(arguments: [
    (
      #""Filter": {"Tag": {"Key": "a", "Value": "b"}}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}"#,
      "takes no filter by tag"
    ),
    (
      #""Filter": {"Tag": {"Key": "a", "Value": "b"}}, "Expiration": {"ExpiredObjectDeleteMarker": true}"#,
      "takes no filter by tag"
    ),
    (#""Filter": {"Prefix": ""}, "Expiration": {"ExpiredObjectDeleteMarker": true, "Days": 3}"#, "takes one of Days"),
    (#""Filter": {"Prefix": ""}, "Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]"#, "at least 30 days"),
    (
      #""Filter": {"Prefix": ""}, "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 40, "StorageClass": "GLACIER"}]"#,
      "stay in infrequent access"
    ),
    (
      #""Filter": {"Prefix": ""}, "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}], "Expiration": {"Days": 90}"#,
      "before the move to GLACIER"
    ),
    (#""Filter": {"Prefix": ""}"#, "no action"), (#""Expiration": {"Days": 3}"#, "Filter is missing"),
    (#""Filter": {"Prefix": "a"}, "Prefix": "b", "Expiration": {"Days": 3}"#, "exclude each other"),
    (#""Filter": {"And": {"Prefix": "a"}}, "Expiration": {"Days": 3}"#, "And needs two conditions"),
    (#""Filter": {"Prefix": ""}, "Expiration": {"Days": 0}"#, "at least 1"),
    (#""Filter": {"Prefix": ""}, "Expiration": {"Date": "soon"}"#, "no day at midnight"),
    (#""Filter": {"Prefix": ""}, "Expiration": {"Date": "2030-02-31"}"#, "no day at midnight"),
    (#""Filter": {"Prefix": ""}, "Expiration": {"Date": "2030-01-31T05:00:00Z"}"#, "no day at midnight"),
    (#""Filter": {"Prefix": ""}, "Expiration": {"Days": 400}"#, "deletes files of premium users"),
    (#""Filter": {}, "Expiration": {"Date": "2030-01-31"}"#, "deletes files of premium users"),
    (#""Filter": {"Tag": {"Key": "a", "Value": "b"}}, "Expiration": {"Days": 400}"#, "deletes files of premium users"),
    (
      #""Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}"#,
      "a deleted file can be restored for 30 days"
    ),
  ]) func `a lifecycle rule that S3 would refuse is named, with the reason`(rule: String, words: String) throws {
    let text = #"{"Rules": [{"ID": "mine", "Status": "Enabled", \#(rule)}]}"#
    let complaint = try #require(try complaint(text, "lifecycle"))
    #expect(complaint.contains("mine: ") && complaint.contains(words), "\(complaint)")
  }

  @Test(arguments: [
    (#""Principal": "*", "Action": "s3:*""#, true),
    (#""Principal": {"AWS": ["*"]}, "Action": ["s3:PutBucketPolicy"]"#, true),
    (#""Principal": "*", "Action": "S3:Put*""#, true), (#""Principal": "*", "Action": "*""#, true),
    (#""Principal": "*", "NotAction": "s3:GetObject""#, true),
    (#""Principal": "*", "Action": "s3:PutBucketPolic?""#, true),
    (#""Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "s3:*""#, true),
    (#""NotPrincipal": {"AWS": "arn:aws:iam::123456789012:user/a"}, "Action": "s3:*""#, true),
    (#""Principal": "*", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#, true),
    (#""Principal": "*", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#, false),
    (#""Principal": "*", "Action": "s3:*", "Condition": {"BoolIfExists": {"aws:SecureTransport": false}}"#, false),
    (#""Principal": "*", "Action": "s3:*", "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}"#, false),
    (#""Principal": "*", "Action": "s3:*", "Condition": {"NumericLessThan": {"s3:TlsVersion": "9"}}"#, true),
    (#""Principal": "*", "Action": "s3:*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#, true),
    (#""Principal": "*", "Action": "s3:*", "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#, true),
    (#""Principal": "*", "Action": "s3:*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}"#, true),
    (
      #""Principal": "*", "Action": "s3:*", "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}"#,
      true
    ),
    (#""Principal": "*", "Action": "s3:*", "Condition": {}"#, true),
    (#""Principal": "*", "Action": "s3:DeleteBucket""#, false),
    (#""Principal": {"AWS": "arn:aws:iam::123456789012:user/a"}, "Action": "s3:*""#, false),
    (#""Principal": "*", "NotAction": "s3:*""#, false),
  ]) func `a policy that locks the owner out is refused`(part: String, isRefused: Bool) throws {
    let policy = #"""
      {"Version": "2012-10-17", "Statement": [
        {"Sid": "S", "Effect": "Deny", "Resource": ["arn:${partition}:s3:::${bucket}"], \#(part)}]}
      """#
    let complaint = try complaint(policy, "policy")
    #expect(complaint?.contains("denies s3:PutBucketPolicy to everybody") ?? false == isRefused, "\(complaint ?? "")")
    let allowed = policy.replacing("Deny", with: "Allow")
    #expect(try self.complaint(allowed, "policy") == nil)
    let foreign = policy.replacing("${bucket}", with: "elsewhere")
    #expect(try self.complaint(foreign, "policy")?.contains("is not in the bucket") == true)
  }
}
