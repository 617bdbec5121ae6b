public import Core
public import S3
import Storage

/// Compares the documents of buckets with the live buckets, and makes the buckets obey.
public struct BucketRules: Sendable {
  /// The purpose of a comparison.
  public enum Purpose: Sendable {
    /// Shows what `apply` would change.
    case plan
    /// Changes the live buckets.
    case apply
    /// Counts differences.
    case audit
  }

  let store: S3Store
  let settings: Settings
  let limits: StoreLimits

  /// The rules of the buckets in `store`; rules that the store cannot have by its `capabilities` are left out.
  public init(store: S3Store, settings: Settings, capabilities: StoreCapabilities? = nil) {
    let account = settings.store.kind == .aws ? settings.store.account : nil
    self.store = account.map { store.expecting(owner: $0) } ?? store
    self.settings = settings
    limits = StoreLimits(settings.store, capabilities)
  }

  /// Compares or applies the documents; throws only if the store does not answer.
  ///
  /// A repeated run continues after a failure: each document is compared anew.
  public func run(
    _ purpose: Purpose,
    _ documents: [BucketDocuments],
    isPruning: Bool = false,
    report: (BucketReport.Line) -> Void
  ) throws(StorageError) -> BucketReport {
    var run = BucketRun(rules: self, purpose: purpose, isPruning: isPruning)
    var ready: [(documents: BucketDocuments, exists: Bool)] = []
    for bucket in documents {
      if let exists = try run.prepare(bucket.bucket, report) { ready.append((bucket, exists)) }
    }
    for (bucket, exists) in ready {
      for kind in DocumentKind.allCases {
        guard let wanted = bucket.documents[kind] else { continue }
        try run.compare(kind, wanted, of: bucket.bucket, exists: exists, report)
        if kind == .lifecycle, bucket.role == .raw { run.compareAge(wanted, of: bucket.bucket, report) }
      }
    }
    return run.outcome
  }

  /// Returns the documents of a live bucket; those that the store does not offer are absent.
  public func pull(_ bucket: String) throws(StorageError) -> [DocumentKind: JSONValue] {
    var documents: [DocumentKind: JSONValue] = [:]
    for kind in DocumentKind.allCases {
      let live = try StorageError.reaching("bucket \(bucket), \(kind.rawValue)") { () throws(StoreError) in
        do throws(StoreError) {
          return try store.document(kind, of: bucket)
        } catch {
          guard error.isNotOffered else { throw error }
          return nil
        }
      }
      documents[kind] = live
    }
    return documents
  }

  /// True if AWS reserves the name for the account, so that the request to create the bucket must say so.
  func isAccountRegional(_ bucket: String) -> Bool {
    guard settings.store.kind == .aws, let account = settings.store.account else { return false }
    return bucket.hasSuffix("-\(account)-\(settings.store.region)-an")
  }
}

/// The result of a comparison: the lines for an administrator, and the numbers.
public struct BucketReport: Sendable {
  /// The kind of a line.
  public enum Sign: String, Sendable {
    /// The live bucket obeys.
    case same = "="
    /// A rule that the live bucket lacks.
    case added = "+"
    /// A rule that goes.
    case removed = "-"
    /// A rule that differs.
    case changed = "~"
    /// A rule that the documents do not name.
    case foreign = "?"
    /// A remark: the store cannot do this.
    case note = "·"
    /// A failure.
    case failed = "!"
  }

  /// One line.
  public struct Line: Sendable, Hashable {
    /// The name of the bucket.
    public let bucket: String
    /// The document; nil for the bucket itself.
    public let kind: DocumentKind?
    /// The kind of the line.
    public let sign: Sign
    /// The name of the rule; empty for a line about the whole document.
    public var rule = ""
    /// The words.
    public let text: String
  }

  /// The number of documents and buckets that differ from the live ones; after `apply`, that were changed.
  public internal(set) var differences = 0
  /// The number of documents and buckets that could not be read or made so.
  public internal(set) var failures = 0
}
