public import Core
import Foundation
public import S3

/// The IAM policy of a process or of a group of commands, filled from the settings.
public struct PermissionDocument: Sendable {
  /// An action that the policy allows on a resource.
  public struct Grant: Hashable, Sendable {
    /// The action, such as `s3:GetObject`.
    public let action: String
    /// The ARN, which may contain `*`.
    public let resource: String

    /// A grant of `action` on `resource`.
    public init(action: String, resource: String) { (self.action, self.resource) = (action, resource) }
  }

  /// The policy document, in the form that IAM takes.
  public let document: JSONValue

  /// Fills a document of `conf/iam`; throws `invalidRequest` with every problem.
  ///
  /// `source` is the bucket from which `stowage migrate` copies; nil if there is none.
  public init(json: [UInt8], settings: Settings, source: String? = nil) throws(StorageError) {
    guard json.count <= JSONValue.maximumBytes else { throw .invalidRequest("longer than 1 MB") }
    let filled: JSONValue?
    do {
      filled = try Placeholders(permissionsOf: settings, source: source).filled(try JSONValue(json: json))
    } catch let error as JSONValue.Malformed {
      throw .invalidRequest("no JSON: \(error.reason)")
    } catch let error as Placeholders.Unfillable {
      throw .invalidRequest(error.text)
    } catch {
      throw .invalidRequest("\(error)")
    }
    guard let filled else { throw .invalidRequest("the document is empty") }
    let problems = Self.problems(of: filled)
    guard problems.isEmpty else { throw .invalidRequest(problems.joined(separator: "\n")) }
    document = filled
  }

  /// The statements of the policy.
  public var statements: [JSONValue] { document["Statement"]?.items ?? [] }

  /// Everything that the policy allows.
  public var grants: Set<Grant> {
    var grants: Set<Grant> = []
    for statement in statements {
      let resources = (statement["Resource"]?.items ?? []).compactMap(\.string)
      for action in (statement["Action"]?.items ?? []).compactMap(\.string) {
        for resource in resources { grants.insert(Grant(action: action, resource: resource)) }
      }
    }
    return grants
  }

  /// Returns what makes the policy wider than a list of actions on named buckets.
  ///
  /// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
  private static func problems(of document: JSONValue) -> [String] {
    let statements = document["Statement"]?.items ?? []
    var problems = document["Version"]?.string == "2012-10-17" ? [] : ["Version: expected 2012-10-17"]
    if statements.isEmpty { problems.append("Statement is missing") }
    for (index, statement) in statements.enumerated() {
      let name = statement["Sid"]?.string ?? "Statement[\(index)]"
      let unknown = Set(statement.members.keys).subtracting(["Sid", "Effect", "Action", "Resource", "Condition"])
      problems += unknown.sorted().map { "\(name): \($0) is not allowed here" }
      if statement["Effect"]?.string != "Allow" { problems.append("\(name): Effect: expected Allow") }
      for member in ["Action", "Resource"] where (statement[member]?.items ?? []).isEmpty {
        problems.append("\(name): \(member) is missing")
      }
      for action in (statement["Action"]?.items ?? []).compactMap(\.string) where action.contains(where: "*?".contains)
      {
        problems.append("\(name): \(action) stands for actions that no code performs")
      }
      for resource in (statement["Resource"]?.items ?? []).compactMap(\.string) where !resource.hasPrefix("arn:") {
        problems.append("\(name): \(resource) names no resource")
      }
    }
    return problems
  }
}
