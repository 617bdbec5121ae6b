import S3
import Testing

@testable import Audit

@Suite struct PublicStatementTests {
  @Test(arguments: [
    #"{"StringLike": {"aws:Referer": "https://example.com/*"}}"#,
    #"{"StringEquals": {"aws:Referer": "https://example.com/"}}"#,
    #"{"StringEquals": {"aws:UserAgent": "secret"}}"#,
    #"{"StringEquals": {"s3:prefix": "images/"}}"#,
    #"{"Bool": {"aws:SecureTransport": "true"}}"#,
    #"{"ArnLike": {"aws:SourceArn": "arn:aws:*"}}"#,
    #"{"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}"#,
    #"{"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:*:topic"}}"#,
    #"{"StringLike": {"aws:SourceArn": "arn:aws:sns:*:123456789012:topic"}}"#,
    #"{"StringLike": {"aws:SourceVpc": "vpc-*"}}"#,
    #"{"StringEquals": {"aws:SourceVpc": ["vpc-1", "*"]}}"#,
    #"{"StringEquals": {"aws:SourceVpc": []}}"#,
    #"{"StringLike": {"aws:PrincipalOrgID": "o-?????"}}"#,
    #"{"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}"#,
    #"{"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}"#,
    #"{"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:topic"}}"#,
    #"{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#,
    #"{"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}"#,
    #"{"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-1"}}"#,
    #"{"Null": {"aws:SourceVpc": "false"}}"#,
    #"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#,
    #"{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}}"#,
    #"{"IpAddress": {"aws:SourceIp": "10.0.0.0/7"}}"#,
    #"{"IpAddress": {"aws:SourceIp": "::/0"}}"#,
    #"{"IpAddress": {"aws:SourceIp": "2000::/3"}}"#,
    #"{"IpAddress": {"aws:SourceIp": "nowhere/24"}}"#,
    #"{"IpAddress": {"aws:SourceIp": "203.0.113.0/99"}}"#,
    "{}",
  ])
  func `a condition whose value the client chooses, or that stands for nearly all, leaves a statement public`(
    condition: String
  ) throws {
    let observation = try PolicyFixture.judgement(condition: condition).opened(to: .read)
    #expect(observation.outcome == .fail)
    #expect(observation.text.contains("Wrong"))
  }

  @Test(arguments: [
    #"{"IpAddress": {"aws:SourceIp": "203.0.113.7"}}"#,
    #"{"IpAddress": {"AWS:SourceIP": ["203.0.113.0/24", "10.0.0.0/8", "2001:db8::/32"]}}"#,
    #"{"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}"#,
    #"{"StringLike": {"aws:SourceVpce": "vpce-1"}}"#,
    #"{"StringEquals": {"aws:PrincipalOrgID": "o-abcde12345"}}"#,
    #"{"StringEquals": {"aws:SourceAccount": "123456789012"}}"#,
    #"{"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}"#,
    #"{"ForAnyValue:StringEquals": {"aws:SourceOwner": "123456789012"}}"#,
    #"{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:123456789012:*"}}"#,
    #"{"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::other-bucket"}}"#,
    #"{"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:123456789012:accesspoint/*"}}"#,
    #"{"StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-west-1:123456789012:key/1"}}"#,
    #"{"StringLike": {"aws:Referer": "*"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}"#,
  ])
  func `a fixed value of a key that the client cannot choose narrows a statement`(condition: String) throws {
    #expect(try PolicyFixture.judgement(condition: condition).open.isEmpty)
  }

  @Test(arguments: [
    #""*""#, #"["*"]"#, #"{"AWS": "*"}"#, #"{"AWS": ["*"]}"#, #"{"AWS": ["arn:aws:iam::123456789012:root", "*"]}"#,
    #"{"CanonicalUser": "*"}"#, #"{"Federated": "*"}"#, #"{"Service": "*"}"#, #"{"AWS": "arn:aws:iam::*:root"}"#, "{}",
  ])
  func `every way to write everybody is public`(principal: String) throws {
    #expect(try PolicyFixture.judgement(principal).open == [.read])
  }

  @Test func `a statement without a principal or for all but one is public, and one for an account is not`() throws {
    #expect(try PolicyFixture.judgement(statement: #""Action": "s3:GetObject""#).open == [.read])
    let all = #""NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "s3:GetObject""#
    #expect(try PolicyFixture.judgement(statement: all).open == [.read])
    for name in ["123456789012", "arn:aws:iam::123456789012:root", "AIDAEXAMPLE"] {
      #expect(try PolicyFixture.judgement(#"{"AWS": "\#(name)"}"#).open.isEmpty, "\(name)")
    }
    let denied = #"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*"}}"#
    #expect(PolicyJudgement(try JSONValue(json: Array(denied.utf8))).open.isEmpty)
    let lowercase = #"{"statement": {"effect": "Allow", "principal": "*", "action": "s3:getobject"}}"#
    #expect(PolicyJudgement(try JSONValue(json: Array(lowercase.utf8))).open == [.read])
  }

  @Test(arguments: [
    (#""s3:GetObjectTagging""#, [ActionPattern.Effect.read]), (#""s3:GetLifecycleConfiguration""#, [.read]),
    (#""s3:ListTagsForResource""#, [.list]), (#""s3:PutBucketPolicy""#, [.write]), (#""s3:PutObjectAcl""#, [.write]),
    (#""s3:Get*""#, [.read]), (#"["s3:ListBucket", "s3:PutBucketTagging"]"#, [.list, .write]),
    (#""s3:ActionOfTheFuture""#, [.write]), ("[]", [.write]), (#""s3:*""#, [.read, .list, .write]),
    (#""*:*""#, [.read, .list, .write]), (#""s3:?et*""#, [.read]),
  ])
  func `every action for everybody fails a check`(action: String, effects: [ActionPattern.Effect]) throws {
    #expect(try PolicyFixture.judgement(action: action).open == Set(effects))
  }

  @Test func `what a statement for everybody leaves out does not close the rest`() throws {
    let rest = try PolicyFixture.judgement(statement: #""Principal": "*", "NotAction": ["s3:List*", "s3:Get*"]"#)
    #expect(rest.open == [.write])
    let nothing = try PolicyFixture.judgement(statement: #""Principal": "*", "NotAction": "s3:*""#)
    #expect(nothing.open == [.write])
  }

  @Test func `all public statements are named`() throws {
    let json = """
      {"Statement": [
        {"Sid": "One", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}
      """
    let observation = PolicyJudgement(try JSONValue(json: Array(json.utf8))).opened(to: .read)
    #expect(observation.text.contains("One, Statement[1]"))
  }
}
