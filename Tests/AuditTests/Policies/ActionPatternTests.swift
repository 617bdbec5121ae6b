import Testing

@testable import Audit

@Suite struct ActionPatternTests {
  @Test(arguments: ["*", "s3:*", "S3:*", "s3:**", "s3:?*", "s3:*Object*", "*:*", "s3*", "s3:Put*", "s3:*t*"])
  func `a pattern for data and for rules stands for all actions`(action: String) throws {
    #expect(ActionPattern(action).isForAll)
    let user = #"{"AWS": "arn:aws:iam::123456789012:user/backup"}"#
    #expect(try PolicyFixture.judgement(user, action: #""\#(action)""#).wildcards().outcome == .fail)
    let network = #"{"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#
    let narrowed = try PolicyFixture.judgement(action: #"["s3:GetObject", "\#(action)"]"#, condition: network)
    #expect(narrowed.wildcards().outcome == .fail)
  }

  @Test(arguments: ["s3:GetObject", "s3:Get*", "s3:PutObject*", "s3:PutBucketPolicy", "s3:List*", "s3:[a-z]*", "ec2:*"])
  func `a narrower pattern does not stand for all actions`(action: String) throws {
    #expect(!ActionPattern(action).isForAll)
    let user = #"{"AWS": "arn:aws:iam::123456789012:user/backup"}"#
    #expect(try PolicyFixture.judgement(user, action: #""\#(action)""#).wildcards().outcome == .pass)
  }
}
