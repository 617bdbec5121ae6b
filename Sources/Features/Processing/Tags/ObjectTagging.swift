import Core
import Database
import Storage

/// An event about the tags of objects, for logs and metrics.
public enum TagEvent: Hashable, Sendable {
  /// An object has the tag of `RetentionRule` now, and no other.
  case set
  /// An object has no tags now.
  case removed
  /// The store has no tags: `stowage cleanup` alone deletes files by age.
  case notOffered
  /// The store refused a call, for example because the permission is missing.
  case refused(detail: String)
}

/// Carries out the calls of the store that set and remove tags.
struct ObjectTagging: Sendable {
  /// The result of one call.
  enum Outcome: Hashable, Sendable {
    case done
    /// The object does not exist.
    case missing
    /// The store has no tags.
    case notOffered
    /// The store refused the call, so nothing changed, and another attempt is of no use for now.
    case refused(detail: String)
    /// The store did not answer; it may have carried out the call.
    case unanswered(detail: String)
  }

  let store: any ObjectStore
  let bucket: String
  let report: @Sendable (TagEvent) -> Void

  init(_ dependencies: ProcessorDependencies) {
    store = dependencies.store
    bucket = dependencies.buckets.raw
    report = dependencies.tagReport
  }

  /// Gives the object exactly the tag of the rule, or removes all its tags, also those of the uploader.
  func perform(_ call: TagCall) -> Outcome {
    let version = call.versionID.map { VersionID($0) }
    do throws(StoreError) {
      if call.isTagged {
        let tag = RetentionRule.tag
        try store.setTags([tag.name: tag.value], of: call.key, in: bucket, version: version)
      } else {
        try store.removeTags(of: call.key, in: bucket, version: version)
      }
    } catch {
      return outcome(of: error)
    }
    report(call.isTagged ? .set : .removed)
    return .done
  }

  private func outcome(of error: StoreError) -> Outcome {
    if error.isNotOffered {
      report(.notOffered)
      return .notOffered
    }
    switch error {
    case .notFound: return .missing
    case .accessDenied, .invalidRequest, .preconditionFailed, .invalidRange, .sealed, .tooLarge:
      report(.refused(detail: "\(error)"))
      return .refused(detail: "store: \(error)")
    case .noSuchBucket, .throttled, .unavailable, .timeout, .clockSkew, .tls, .integrity, .aborted, .unexpected:
      return .unanswered(detail: "store: \(error)")
    }
  }
}
