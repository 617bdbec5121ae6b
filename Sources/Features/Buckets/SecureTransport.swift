import Foundation
import S3
import Storage

/// Statements that refuse requests without TLS, and the test if a store sees the TLS of its requests.
///
/// A store behind a TLS proxy sees plain HTTP, so such a statement would refuse every request, also the one that removes
/// the policy. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
enum SecureTransport {
  /// True if the statement denies requests for which `aws:SecureTransport` is false.
  static func isDemanded(_ statement: JSONValue) -> Bool {
    guard statement["Effect"]?.string == "Deny" else { return false }
    return (statement["Condition"]?.members ?? [:]).values.contains { keys in
      keys.members.contains { key, value in
        key.lowercased() == "aws:securetransport"
          && value.items.contains { [.text("false"), .flag(false)].contains($0) }
      }
    }
  }

  /// Returns true if the store would let Stowage's requests pass: a policy for two scratch objects tells.
  ///
  /// The policy denies reading of the first object to everybody, and of the second without TLS. As soon as the first is
  /// refused, the policy is in force, and the second tells. A store that never refuses the first ignores policies.
  static func isSeen(by store: S3Store, in bucket: String, policy: JSONValue?) throws(StoreError) -> Bool {
    let folder = "stowage-probe/\(UUID().uuidString.lowercased())/"
    let keys = (control: folder + "control", tls: folder + "tls")
    var written: [(String, VersionID?)] = []
    defer { for (key, version) in written { try? store.delete(key, in: bucket, version: version) } }
    for key in [keys.control, keys.tls] {
      written.append(
        (key, try store.put(.bytes(Array("probe".utf8)), to: key, in: bucket, options: PutOptions()).version)
      )
    }
    try store.setDocument(.policy, probing(keys, bucket, besides: policy), of: bucket)
    defer { restore(policy, store, bucket) }
    let end = ContinuousClock.now + .seconds(10)
    while try isReadable(keys.control, store, bucket) {
      guard ContinuousClock.now < end else { return true }
      Thread.sleep(forTimeInterval: 0.1)
    }
    return try isReadable(keys.tls, store, bucket)
  }

  private static func isReadable(_ key: String, _ store: S3Store, _ bucket: String) throws(StoreError) -> Bool {
    do throws(StoreError) {
      _ = try store.head(key, in: bucket, version: nil, condition: nil)
      return true
    } catch .accessDenied {
      return false
    }
  }

  private static func probing(
    _ keys: (control: String, tls: String),
    _ bucket: String,
    besides policy: JSONValue?
  ) -> JSONValue {
    func deny(_ name: String, _ key: String, _ condition: JSONValue?) -> JSONValue {
      var statement: [String: JSONValue] = [
        "Sid": .text(name), "Effect": .text("Deny"), "Principal": .text("*"), "Action": .text("s3:GetObject"),
        "Resource": .text("arn:aws:s3:::\(bucket)/\(key)"),
      ]
      statement["Condition"] = condition
      return .object(statement)
    }
    let plain = JSONValue.object(["Bool": .object(["aws:SecureTransport": .text("false")])])
    let statements =
      (policy?["Statement"]?.items ?? []) + [
        deny("StowageProbeControl", keys.control, nil), deny("StowageProbeTLS", keys.tls, plain),
      ]
    return .object(["Version": policy?["Version"] ?? .text("2012-10-17"), "Statement": .array(statements)])
  }

  private static func restore(_ policy: JSONValue?, _ store: S3Store, _ bucket: String) {
    if let policy {
      try? store.setDocument(.policy, policy, of: bucket)
    } else {
      try? store.removeDocument(.policy, of: bucket)
    }
  }
}
