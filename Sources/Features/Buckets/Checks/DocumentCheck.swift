import Core
import S3

/// Finds rules that S3 would refuse, and policies that would lock the owner out, before anything is sent.
struct DocumentCheck {
  let kind: DocumentKind
  let bucket: String
  let names: BucketNames

  init(_ kind: DocumentKind, bucket: String, names: BucketNames) {
    (self.kind, self.bucket, self.names) = (kind, bucket, names)
  }

  /// Returns the reasons why a document, whose form is right, must not be sent.
  func refusals(of document: JSONValue) -> [String] {
    switch kind {
    case .lifecycle: LifecycleCheck.refusals(of: document)
    case .policy: PolicyCheck(bucket: bucket).refusals(of: document)
    case .cors: cors(document)
    case .encryption: encryption(document)
    case .ownership: document["Rules"]?.items.count == 1 ? [] : ["Rules: S3 takes exactly one rule"]
    case .logging: logging(document)
    case .publicAccessBlock, .versioning, .notification: []
    }
  }

  /// Returns the CORS rules that S3 would refuse.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
  private func cors(_ document: JSONValue) -> [String] {
    let rules = document["CORSRules"]?.items ?? []
    var refusals = Self.repeated(rules.compactMap { $0["ID"]?.string }).map { "\($0): two rules have this ID" }
    if rules.count > 100 { refusals.append("CORSRules: more than 100 rules") }
    for (index, rule) in rules.enumerated() {
      let name = rule["ID"]?.string ?? "CORSRules[\(index)]"
      for member in ["ID", "AllowedMethods", "AllowedOrigins"] where rule[member] == nil {
        refusals.append("\(name): \(member) is missing")
      }
      for member in ["AllowedOrigins", "AllowedHeaders"] {
        for text in (rule[member]?.items ?? []).compactMap(\.string) where text.count(where: { $0 == "*" }) > 1 {
          refusals.append("\(name): '\(text)' has more than one *")
        }
      }
    }
    return refusals
  }

  /// Returns the encryption that S3 would refuse.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
  private func encryption(_ document: JSONValue) -> [String] {
    let rules = document["Rules"]?.items ?? []
    let standard = rules.first?["ApplyServerSideEncryptionByDefault"]
    if rules.count != 1 { return ["Rules: S3 takes exactly one rule"] }
    guard standard?["KMSMasterKeyID"] != nil, standard?["SSEAlgorithm"] == .text("AES256") else { return [] }
    return ["KMSMasterKeyID: AES256 takes no key"]
  }

  private func logging(_ document: JSONValue) -> [String] {
    guard let target = document["LoggingEnabled"]?["TargetBucket"]?.string else { return [] }
    if target == bucket { return ["TargetBucket: a bucket that logs into itself logs the logging too"] }
    return names.all.contains(target) ? [] : ["TargetBucket: \(target) is not one of Stowage's buckets"]
  }

  /// Returns the texts that occur more than once.
  static func repeated(_ texts: [String]) -> [String] {
    Dictionary(grouping: texts) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
  }
}
