import S3
import Testing

@testable import Audit

@Suite struct PolicyPrincipalsTests {
  private static let own = "123456789012"

  private func outcome(
    _ principal: String,
    condition: String? = nil,
    account: String? = own
  ) throws -> Finding.Outcome {
    try PolicyFixture.judgement(principal, condition: condition).principals(besides: account).outcome
  }

  @Test(arguments: ["210987654321", "arn:aws:iam::210987654321:root", "arn:aws:sts::210987654321:assumed-role/a/b"])
  func `a principal of another account is found, and its account named`(principal: String) throws {
    let judgement = try PolicyFixture.judgement(#"{"AWS": ["arn:aws:iam::123456789012:role/own", "\#(principal)"]}"#)
    let observation = judgement.principals(besides: Self.own)
    #expect(observation.outcome == .fail)
    #expect(observation.text.contains("210987654321") && observation.text.contains("Wrong"))
    let unset = judgement.principals(besides: nil)
    #expect(unset.outcome == .manual && unset.text.contains("210987654321"))
  }

  @Test func `principals of the own account pass, and those without an account are for a person`() throws {
    #expect(try outcome(#"{"AWS": "arn:aws:iam::123456789012:role/own"}"#) == .pass)
    #expect(try outcome(#"{"AWS": "123456789012"}"#) == .pass)
    #expect(try outcome(#"{"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"}"#) == .manual)
    #expect(try outcome(#"{"Federated": "accounts.google.com"}"#) == .manual)
  }

  @Test func `everybody of another account is another account`() throws {
    for (account, expected) in [(Self.own, Finding.Outcome.pass), ("210987654321", .fail)] {
      let condition = #"{"StringEquals": {"aws:PrincipalAccount": "\#(account)"}}"#
      #expect(try outcome(#""*""#, condition: condition) == expected, "\(account)")
    }
  }

  @Test func `a service needs a condition that says for whom it acts`() throws {
    let service = #"{"Service": "cloudfront.amazonaws.com"}"#
    let wide = [
      nil, #"{"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}"#,
      #"{"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::*:distribution/*"}}"#,
      #"{"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#, #"{"StringLike": {"aws:SourceAccount": "*"}}"#,
    ]
    for condition in wide {
      for account in [Self.own, nil] {
        #expect(
          try outcome(service, condition: condition, account: account) == .fail,
          "\(condition ?? "")"
        )
      }
    }
    let narrow = [
      #"{"StringEquals": {"AWS:SourceArn": ["arn:aws:cloudfront::123456789012:distribution/E1"]}}"#,
      #"{"ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:delivery-source:*"}}"#,
      #"{"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::raw", "arn:aws:s3:::processed"]}}"#,
      #"{"StringEquals": {"aws:SourceAccount": "123456789012"}}"#,
    ]
    for condition in narrow { #expect(try outcome(service, condition: condition) == .pass, "\(condition)") }
  }

  @Test(arguments: [
    #"{"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::210987654321:distribution/E1"}}"#,
    #"{"ArnLike": {"aws:SourceArn": ["arn:aws:logs:us-east-1:123456789012:*", "arn:aws:logs:us-east-1:210987654321:*"]}}"#,
    #"{"StringEquals": {"aws:SourceAccount": ["123456789012", "210987654321"]}}"#,
  ])
  func `a service that acts for another account is found`(condition: String) throws {
    let service = #"{"Service": "cloudfront.amazonaws.com"}"#
    #expect(try outcome(service, condition: condition) == .fail)
    #expect(try outcome(service, condition: condition, account: nil) == .pass)
  }
}
