import S3

/// Mappings: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
extension Check {
  static let bucketExists = Check(
    "bucket.exists",
    .high,
    "Each bucket of the settings exists and belongs to the account.",
    why: "Somebody else can create a missing bucket under the same name, and then gets what Stowage writes there.",
    mend: "Run `stowage buckets apply`; on AWS also set STOWAGE_AWS_ACCOUNT.",
    mappings: ["CloudFront.12"]
  )
  static let anonymousRead = Check(
    "bucket.anonymous-read",
    .critical,
    "Nobody reads objects or the bucket's rules without credentials.",
    why: "The buckets have files that were not scanned, and files of all users.",
    mend:
      "Remove the statement or the access list that lets everybody in; `stowage buckets apply --prune` removes statements.",
    mappings: ["S3.2", "CIS-5.0:2.1.4", "ASVS-5.0:8.3.1"]
  )
  static let anonymousList = Check(
    "bucket.anonymous-list",
    .critical,
    "Nobody lists a bucket without credentials.",
    why: "The keys name every user and every file.",
    mend:
      "Remove the statement or the access list that lets everybody in; `stowage buckets apply --prune` removes statements.",
    mappings: ["S3.2", "CIS-5.0:2.1.4", "ASVS-5.0:8.3.1"]
  )
  static let anonymousWrite = Check(
    "bucket.anonymous-write",
    .critical,
    "Nobody writes or deletes objects, or changes the bucket's rules, without credentials.",
    why: "Strangers could fill the bucket, replace or delete files, and let others in.",
    mend:
      "Remove the statement or the access list that lets everybody in; `stowage buckets apply --prune` removes statements.",
    mappings: ["S3.3", "CIS-5.0:2.1.4", "ASVS-5.0:8.3.1"]
  )
  static let policyWildcard = Check(
    "bucket.policy-wildcard",
    .high,
    "No statement of a bucket's policy allows all actions.",
    why: "A principal with s3:* can also change the policy, the lifecycle and the versions.",
    mend: "List the actions that the principal needs, in policy.json, and run `stowage buckets apply --prune`.",
    mappings: ["S3.6", "ASVS-5.0:13.2.2"]
  )
  static let policyPrincipals = Check(
    "bucket.policy-principals",
    .high,
    "A bucket's policy lets in only principals of the own account, and services of AWS only on its behalf.",
    why:
      "Another account decides by itself who uses its access; a service also works for strangers who name the bucket.",
    mend:
      "Remove the statement with `stowage buckets apply --prune`, or add a condition on aws:SourceArn or aws:SourceAccount.",
    mappings: ["S3.6"]
  )
  static let publicAccessBlock = Check(
    "bucket.public-access-block",
    .high,
    "All four blocks of public access are on.",
    why: "They stop a later mistake in a policy or an access list from opening the bucket.",
    mend: "Run `stowage buckets apply`.",
    mappings: ["S3.8", "S3.1", "CIS-5.0:2.1.4"]
  )
  static let ownership = Check(
    "bucket.ownership",
    .medium,
    "The owner of the bucket owns all objects, and access lists are off.",
    why: "An access list of a single object opens it whatever the policy says.",
    mend: "Run `stowage buckets apply`.",
    mappings: ["S3.12"]
  )
  static let versioning = Check(
    "bucket.versioning",
    .medium,
    "The raw bucket keeps versions.",
    why: "Without versions, whatever overwrites or deletes an object is final.",
    mend: "Run `stowage buckets apply`.",
    mappings: ["S3.14"]
  )
  static let encryption = Check(
    "bucket.encryption",
    .medium,
    "Objects are encrypted at rest, as the document says.",
    why: "A lost disk or a copied volume would hold readable files.",
    mend: "Run `stowage buckets apply`.",
    mappings: ["S3.17", "ASVS-5.0:14.2.6"]
  )
  static let lifecycle = Check(
    "bucket.lifecycle",
    .medium,
    "The lifecycle rules are those of the document.",
    why:
      "Without them, parts of abandoned uploads, old versions and refused files stay for ever; a foreign rule may delete files.",
    mend: "Run `stowage buckets apply`; `--prune` removes the rules of others.",
    mappings: ["S3.13", "S3.10"]
  )
  static let policy = Check(
    "bucket.policy",
    .high,
    "The policy has the statements of the document, such as the one that demands TLS.",
    why: "Without the statement, signed requests and their answers can travel readable.",
    mend: "Run `stowage buckets apply`.",
    mappings: ["S3.5", "CIS-5.0:2.1.1", "ASVS-5.0:12.2.1"]
  )
  static let bucketCORS = Check(
    "bucket.cors",
    .medium,
    "The CORS rules are those of the document, for the origins of the settings.",
    why: "Pages of an origin that was taken out of the settings can still upload.",
    mend: "Run `stowage buckets apply`.",
    mappings: ["ASVS-5.0:3.4.2"]
  )
  static let bucketCORSWildcard = Check(
    "bucket.cors-wildcard",
    .medium,
    "Pages of foreign origins can neither read from the store nor upload to it.",
    why: "A page that a user visits could use a URL that leaked, from the user's own address.",
    mend:
      "Remove the rule with `stowage buckets apply --prune`; on a store without CORS rules, list the origins in its own settings.",
    mappings: ["ASVS-5.0:3.4.2"]
  )
  static let logging = Check(
    "bucket.logging",
    .medium,
    "Access to the bucket is logged.",
    why: "After a leak of keys or URLs, the log is the only record of what was read.",
    mend: "Run `stowage buckets apply`; on a store without access logs, keep its own log.",
    mappings: ["S3.9", "ASVS-5.0:16.3.2"]
  )
  static let notification = Check(
    "bucket.notification",
    .low,
    "The bucket sends its events where the document says.",
    why: "Events that go elsewhere tell others the keys of all uploads.",
    mend: "Run `stowage buckets apply`."
  )

  static let buckets: [Check] = [
    bucketExists, anonymousRead, anonymousList, anonymousWrite, policyWildcard, policyPrincipals, publicAccessBlock,
    ownership, versioning, encryption, lifecycle, policy, bucketCORS, bucketCORSWildcard, logging, notification,
  ]

  /// The check that compares documents of this kind.
  static func ofDocument(_ kind: DocumentKind) -> Check {
    switch kind {
    case .publicAccessBlock: publicAccessBlock
    case .ownership: ownership
    case .versioning: versioning
    case .encryption: encryption
    case .lifecycle: lifecycle
    case .policy: policy
    case .cors: bucketCORS
    case .logging: logging
    case .notification: notification
    }
  }
}
