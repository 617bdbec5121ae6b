import S3

@testable import Audit

/// Policies with one statement that allows something.
enum PolicyFixture {
  static func judgement(
    _ principal: String = #""*""#,
    action: String = #""s3:GetObject""#,
    condition: String? = nil
  ) throws -> PolicyJudgement {
    try judgement(
      statement: #""Principal": \#(principal), "Action": \#(action)"#
        + (condition.map { #", "Condition": \#($0)"# } ?? "")
    )
  }

  static func judgement(statement: String) throws -> PolicyJudgement {
    let json = #"{"Statement": [{"Sid": "Wrong", "Effect": "Allow", "Resource": "arn:aws:s3:::b/*", \#(statement)}]}"#
    return PolicyJudgement(try JSONValue(json: Array(json.utf8)))
  }
}

extension PolicyJudgement {
  /// The effects that everybody has.
  var open: Set<ActionPattern.Effect> {
    Set(ActionPattern.Effect.allCases.filter { opened(to: $0).outcome == .fail })
  }
}
