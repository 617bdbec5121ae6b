import Core
import S3
import Storage

/// One run over the buckets, with the counts of the report.
struct BucketRun {
  let rules: BucketRules
  let purpose: BucketRules.Purpose
  let isPruning: Bool
  var outcome = BucketReport()

  typealias Report = (BucketReport.Line) -> Void

  private var store: S3Store { rules.store }

  init(rules: BucketRules, purpose: BucketRules.Purpose, isPruning: Bool) {
    (self.rules, self.purpose, self.isPruning) = (rules, purpose, isPruning)
  }

  /// Finds or creates a bucket; returns true if it exists, nil if its documents cannot be compared.
  mutating func prepare(_ bucket: String, _ report: Report) throws(StorageError) -> Bool? {
    func say(_ sign: BucketReport.Sign, _ text: String) {
      report(BucketReport.Line(bucket: bucket, kind: nil, sign: sign, text: text))
    }
    do {
      if try store.bucketExists(bucket) {
        say(.same, "is there")
        return true
      }
      outcome.differences += 1
      if purpose != .apply {
        say(.added, "is not there")
        return purpose == .plan ? false : nil
      }
      try store.createBucket(bucket, isAccountRegional: rules.isAccountRegional(bucket))
      say(.added, "created")
      return true
    } catch {
      guard case .accessDenied(let detail) = error else { return try fail(error, bucket, nil, report) }
      outcome.failures += 1
      say(.failed, "belongs to another account, or these keys may not use it; its rules stay as they are (\(detail))")
      return nil
    }
  }

  /// Compares one document with the live bucket, and applies it.
  mutating func compare(
    _ kind: DocumentKind,
    _ wanted: JSONValue?,
    of bucket: String,
    exists: Bool,
    _ report: Report
  ) throws(StorageError) {
    func say(_ sign: BucketReport.Sign, _ rule: String = "", _ text: String) {
      report(BucketReport.Line(bucket: bucket, kind: kind, sign: sign, rule: rule, text: text))
    }
    var (wanted, notes) = rules.limits.possible(kind, wanted)
    for note in notes { say(.note, note.rule, note.text) }
    guard !rules.limits.lacks(kind) else { return }
    do {
      let live = exists ? try store.document(kind, of: bucket) : nil
      var comparison = DocumentComparison(kind, wanted: wanted, live: live, isPruning: isPruning)
      for change in comparison.changes where change.sign == .foreign {
        let values = change.details.isEmpty ? "" : " (\(change.details.joined(separator: "; ")))"
        say(.foreign, change.name, "is not in the document, and stays" + values)
        for danger in dangers(of: NormalDocument(kind, live ?? .object([:])).parts[change.name], kind, in: bucket) {
          outcome.failures += 1
          say(.failed, change.name, "\(danger). `stowage buckets apply --prune` removes it.")
        }
      }
      guard !comparison.ours.isEmpty else { return say(.same, "", "is as the document says") }
      if purpose == .apply, kind == .policy, comparison.ours.contains(where: { $0.sign != .removed }),
        let probed = try policy(wanted, live, bucket, say)
      {
        wanted = probed.wanted
        comparison = DocumentComparison(kind, wanted: wanted, live: live, isPruning: isPruning)
        guard !comparison.ours.isEmpty else { return }
      }
      outcome.differences += 1
      if purpose == .apply {
        let written = try write(kind, comparison, wanted, live, bucket, say)
        try readBack(kind, written, bucket, say)
      } else {
        show(comparison, say)
      }
    } catch {
      try refused(error, kind, wanted, bucket, report)
    }
  }

  /// Compares the age of the lifecycle document with the settings: a remark, and in an audit a difference.
  mutating func compareAge(_ document: JSONValue?, of bucket: String, _ report: Report) {
    guard let difference = RetentionCheck.difference(document, rules.settings) else { return }
    if purpose == .audit { outcome.differences += 1 }
    let sign = purpose == .audit ? BucketReport.Sign.changed : .note
    report(BucketReport.Line(bucket: bucket, kind: .lifecycle, sign: sign, text: difference))
  }

  /// Returns what a rule of others does although it must not.
  private func dangers(of rule: JSONValue?, _ kind: DocumentKind, in bucket: String) -> [String] {
    guard let rule else { return [] }
    switch kind {
    case .lifecycle: return bucket == rules.settings.buckets.raw ? RetentionCheck.dangers(of: rule) : []
    case .policy: return PolicyCheck(bucket: bucket).admitsEverybody(rule) ? ["lets everybody in"] : []
    default: return []
    }
  }

  typealias Say = (BucketReport.Sign, _ rule: String, _ text: String) -> Void

  private func show(_ comparison: DocumentComparison, _ say: Say) {
    for change in comparison.ours {
      say(
        BucketReport.Sign(rawValue: change.sign.rawValue) ?? .changed,
        change.name,
        change.details.joined(separator: "; ")
      )
    }
  }

  /// Writes the document, and returns the rules that the store was given.
  ///
  /// A store that refuses transitions refuses the whole document; the document is then sent without them.
  private func write(
    _ kind: DocumentKind,
    _ comparison: DocumentComparison,
    _ wanted: JSONValue?,
    _ live: JSONValue?,
    _ bucket: String,
    _ say: Say
  ) throws(StoreError) -> JSONValue? {
    do throws(StoreError) {
      try send(kind, comparison.merged, to: bucket)
      show(comparison, say)
      return wanted
    } catch {
      guard case .invalidRequest = error, kind == .lifecycle else { throw error }
      let (rest, notes) = StoreLimits.withoutTransitions(wanted)
      guard !notes.isEmpty else { throw error }
      let smaller = DocumentComparison(kind, wanted: rest, live: live, isPruning: isPruning)
      if !smaller.ours.isEmpty { try send(kind, smaller.merged, to: bucket) }
      for note in notes { say(.note, note.rule, note.text) }
      show(smaller, say)
      return rest
    }
  }

  private func send(_ kind: DocumentKind, _ document: JSONValue?, to bucket: String) throws(StoreError) {
    if let document {
      try store.setDocument(kind, document, of: bucket)
    } else {
      try store.removeDocument(kind, of: bucket)
    }
  }

  /// Reads the document again, and names the rules that the store dropped or changed.
  private mutating func readBack(
    _ kind: DocumentKind,
    _ wanted: JSONValue?,
    _ bucket: String,
    _ say: Say
  ) throws(StoreError) {
    let dropped = DocumentComparison(kind, wanted: wanted, live: try store.document(kind, of: bucket)).ours
    guard !dropped.isEmpty else { return }
    outcome.failures += 1
    for change in dropped {
      say(.failed, change.name, "the store did not keep it: \(change.details.joined(separator: "; "))")
    }
  }

  /// Probes a store for which a policy has a statement that demands TLS; returns the policy without the statement if the
  /// statement would lock Stowage out, nil if the policy can be sent.
  private func policy(
    _ wanted: JSONValue?,
    _ live: JSONValue?,
    _ bucket: String,
    _ say: Say
  ) throws(StoreError) -> (wanted: JSONValue?, Void)? {
    let statements = wanted?["Statement"]?.items ?? []
    let before = Set(NormalDocument(.policy, live ?? .object([:])).parts.values)
    let new = statements.filter(SecureTransport.isDemanded).filter { statement in
      !NormalDocument(.policy, .object(["Statement": .array([statement])])).parts.values.allSatisfy(before.contains)
    }
    guard !new.isEmpty, !rules.limits.isAmazon else { return nil }
    guard try !SecureTransport.isSeen(by: store, in: bucket, policy: live) else { return nil }
    let (rest, names) = StoreLimits.removed(SecureTransport.isDemanded, from: wanted)
    for name in names {
      say(
        .note,
        name,
        "left out: the store sees requests without TLS, such as behind a TLS proxy, and would refuse all."
          + " Remove the statement from policy.json."
      )
    }
    return (rest, ())
  }
}
