import Foundation
import S3
import TestSupport

/// A run of all processes on moto with IAM enforcement, each under its policy of `conf/iam`.
struct Enforced: Decodable {
  /// A request that reached the store.
  struct Call: Decodable {
    let party: String
    let method: String
    let bucket: String
    let key: String
    let query: [String]
    let headers: [String]
    let presigned: Bool
    let status: Int
    let source: String
  }

  let steps: [String]
  let failure: String?
  let calls: [Call]
  /// The lines of the processes' logs about calls that the store refused.
  let refusals: [String]

  /// An action for which moto asks instead of AWS's, or a judgement that moto does not make.
  struct Deviation: Sendable {
    /// AWS's action.
    let action: String
    /// The action that moto wants in its place; nil if moto wants one that the policy has anyway, or none.
    var wanted: String?
    let reason: String
  }

  /// The differences of moto 5.2 from AWS.
  ///
  /// Source: https://github.com/getmoto/moto/blob/5.2.5/moto/s3/responses.py (ACTION_MAP),
  /// https://github.com/getmoto/moto/blob/5.2.5/moto/core/authorization.py
  static let deviations = [
    Deviation(
      action: "s3:ListBucket",
      wanted: "s3:HeadBucket",
      reason: "moto wants an action with the name of the call HeadBucket; AWS has no such action"
    ),
    Deviation(
      action: "s3:GetObjectVersion",
      wanted: "s3:GetObject",
      reason: "for HEAD, moto does not tell a version from the current object"
    ),
    Deviation(
      action: "s3:DeleteObjectTagging",
      wanted: "s3:DeleteObject",
      reason: "moto has no action for the removal of tags, and takes it for a deletion"
    ),
    Deviation(
      action: "s3:DeleteObjectVersionTagging",
      wanted: "s3:DeleteObjectVersion",
      reason: "moto has no action for the removal of tags, and takes it for a deletion"
    ),
    Deviation(
      action: "s3:PutObjectVersionTagging",
      wanted: "s3:PutObjectTagging",
      reason: "moto does not tell the tags of a version from those of the current object"
    ),
    Deviation(
      action: "s3:GetBucketPublicAccessBlock",
      wanted: "s3:ListBucket",
      reason: "moto looks for public_access_block in the query, which has publicAccessBlock, and takes it for a listing"
    ),
    Deviation(
      action: "s3:PutBucketPublicAccessBlock",
      wanted: "s3:CreateBucket",
      reason: "as above: moto takes it for the creation of a bucket"
    ),
    Deviation(
      action: "s3:GetBucketOwnershipControls",
      wanted: "s3:ListBucket",
      reason: "moto has no action for ownership, and takes it for a listing"
    ),
    Deviation(action: "s3:PutBucketOwnershipControls", wanted: "s3:CreateBucket", reason: "as above"),
    Deviation(
      action: "s3:GetEncryptionConfiguration",
      wanted: "s3:ListBucket",
      reason: "moto has no action for encryption, and takes it for a listing"
    ),
    Deviation(action: "s3:PutEncryptionConfiguration", wanted: "s3:CreateBucket", reason: "as above"),
    Deviation(
      action: "s3:GetBucketObjectLockConfiguration",
      wanted: "s3:ListBucket",
      reason: "moto has no action for the object lock, and takes it for a listing"
    ),
    Deviation(
      action: "s3:ListBucket",
      reason: "moto answers HEAD of a missing object with 404 without this action too"
    ),
    Deviation(action: "s3:GetObjectTagging", reason: "moto counts tags without this action, and copies them"),
    Deviation(action: "s3:GetObject", reason: "moto does not judge the source of a copy"),
  ]

  /// Runs `Tests/AuditTests/Python/enforced.py`; with `action`, without that action in the policy of `party`.
  static func run(without action: String? = nil, of party: Party = .worker) throws -> Enforced {
    let folder = try ScratchFolder()
    let environment = ProcessInfo.processInfo.environment
    let python = environment["STOWAGE_PYTHON"] ?? CallScan.root.appending(path: ".venv/bin/python").path
    let bin = environment["STOWAGE_BIN"] ?? CallScan.root.appending(path: ".build/debug").path
    let rows = deviations.compactMap { row in row.wanted.map { [row.action, $0] } }
    let output = try TestSupport.run(
      python,
      [
        CallScan.root.appending(path: "Tests/AuditTests/Python/enforced.py").path, CallScan.root.path, bin, folder.path,
      ] + (action.map { [party.rawValue, $0] } ?? []),
      environment: ["STOWAGE_MOTO_DEVIATIONS": String(decoding: JSONEncoder().encode(rows), as: UTF8.self)]
    )
    return try JSONDecoder().decode(Enforced.self, from: output)
  }
}

extension Enforced.Call {
  /// The actions and resources that AWS wants for the call, with placeholders as in `conf/iam`; nil for an unknown call.
  var needs: Set<Need>? {
    guard
      let (operation, traits) = S3Operation.of(
        method: method,
        hasBucket: !bucket.isEmpty,
        hasKey: !key.isEmpty,
        query: Set(query),
        headers: Set(headers)
      )
    else { return nil }
    var found = traits
    if operation == .copyObject, source.contains("versionId=") { found.insert(.version) }
    let names = [
      "uploads-raw": CallBucket.raw, "uploads-processed": .processed, "system-backups": .backups,
      "access-logs": .logs, "old-uploads": .source,
    ]
    guard let bucket = names[bucket] else { return nil }
    let folder = ["doctor/", "audit/"].first(where: key.hasPrefix).map { $0 + "*" } ?? "*"
    return StoreCall(operation: operation, traits: found, bucket: bucket, keys: folder).needs
  }
}
