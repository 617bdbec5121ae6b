import S3

/// The processes and groups of commands that have a policy in `conf/iam`.
enum Party: String, CaseIterable, Sendable {
  case presign, image, files, worker, usage
  case uploadSigner = "upload-signer"
  case adminAudit = "admin-audit"
  case adminBuckets = "admin-buckets"
  case adminDoctor = "admin-doctor"
  case adminFiles = "admin-files"
  case adminMigrate = "admin-migrate"
  case adminMigrateSource = "admin-migrate-source"
}

/// The buckets of calls, by the names of the placeholders in `conf/iam`.
enum CallBucket: String, CaseIterable, Sendable {
  case raw, processed, backups, logs, source, inventory

  static let four: Set<CallBucket> = [.raw, .processed, .backups, .logs]
}

/// A call of the store that a place in the sources can make.
struct StoreCall: Hashable, Sendable {
  let operation: S3Operation
  var traits: Set<S3Operation.Trait> = []
  let bucket: CallBucket
  /// The pattern of the keys.
  var keys = "*"
  /// The bucket of the source of a copy.
  var source = CallBucket.source

  /// The actions and resources that the call needs, with placeholders as in `conf/iam`.
  var needs: Set<Need> {
    Set(
      operation.rights(traits).map { right in
        if bucket == .inventory {
          // The place is a setting with a prefix, and may be absent.
          let resource = right.resource == .bucket ? "${inventoryBuckets}" : "${inventories}"
          return Need(action: right.action, resource: resource)
        }
        let arn = "arn:${partition}:s3:::${\((right.isOfSource ? source : bucket).rawValue)}"
        return Need(action: right.action, resource: right.resource == .bucket ? arn : "\(arn)/\(keys)")
      }
    )
  }
}

/// An action on a resource.
struct Need: Hashable, Comparable, CustomStringConvertible {
  let action: String
  let resource: String
  var description: String { "\(action) on \(resource)" }

  static func < (first: Need, second: Need) -> Bool { first.description < second.description }
}

/// A place in the sources that calls the store.
struct CallSite: Sendable {
  /// The path below `Sources`.
  let file: String
  /// The function that is called.
  let method: String
  /// The number of calls in the file; 0 for a further row about calls that another row counts.
  var count = 1
  /// The processes and commands whose code comes here.
  let parties: Set<Party>
  let calls: Set<StoreCall>

  init(
    _ file: String,
    _ method: String,
    count: Int = 1,
    _ parties: Set<Party>,
    _ calls: Set<StoreCall>
  ) {
    (self.file, self.method, self.count, self.parties, self.calls) = (file, method, count, parties, calls)
  }
}

/// Returns calls of one operation in each of the buckets.
func sends(
  _ operations: S3Operation...,
  of traits: Set<S3Operation.Trait> = [],
  in buckets: Set<CallBucket>,
  keys: String = "*",
  from source: CallBucket = .source
) -> Set<StoreCall> {
  Set(
    operations.flatMap { operation in
      buckets.map { StoreCall(operation: operation, traits: traits, bucket: $0, keys: keys, source: source) }
    }
  )
}

/// Returns calls with a version and without one, because a bucket may keep no versions.
func either(_ operations: S3Operation..., in buckets: Set<CallBucket>, keys: String = "*") -> Set<StoreCall> {
  Set(
    operations.flatMap { operation in
      sends(operation, in: buckets, keys: keys).union(sends(operation, of: [.version], in: buckets, keys: keys))
    }
  )
}
