import Core
import Foundation
import S3
import Storage

/// Requests without credentials to one bucket, and the statements of its policy that would allow them.
struct AnonymousProbe {
  let ground: Ground
  let store: S3Store
  let bucket: String

  func findings() -> [Finding] {
    let scratch = ScratchObjects(store, ground.leftBehind)
    defer { scratch.remove(from: bucket) }
    let policy = Result { () throws(StoreError) in try store.document(.policy, of: bucket) }
    var observations: [Check: [Observation]] = [:]
    observations[.anonymousRead] = [read(scratch), opened(policy, to: "s3:GetObject", "s3:GetObjectVersion")]
    observations[.anonymousList] = [list(), opened(policy, to: "s3:ListBucket", "s3:ListBucketVersions")]
    observations[.anonymousWrite] = [
      write(scratch), opened(policy, to: "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
    ]
    observations[.policyWildcard] = [wildcards(policy)]
    return observations.map { $0.key.found(at: bucket, $0.value) }
  }

  private func read(_ scratch: ScratchObjects) -> Observation {
    let key: String
    do { key = try scratch.put("anonymous-read", "read by nobody", in: bucket) } catch {
      return .unknown("no object to read could be written: \(error)")
    }
    let url = store.publicURL(of: key, in: bucket)
    return judge(ground.store.ask("GET", url), "GET \(url)", "everybody can read an object")
  }

  private func list() -> Observation {
    let url = store.publicURL(of: "", in: bucket)
    return judge(
      ground.store.ask("GET", url + "?list-type=2&max-keys=1"),
      "GET \(url) (a list)",
      "everybody can list the bucket"
    )
  }

  private func write(_ scratch: ScratchObjects) -> Observation {
    let url = store.publicURL(of: scratch.folder + "anonymous-write", in: bucket)
    let put = ground.store.ask("PUT", url, body: Array("written by nobody".utf8))
    let written = judge(put, "PUT \(url)", "everybody can write")
    guard written.outcome == .pass, let key = try? scratch.put("anonymous-delete", "kept", in: bucket) else {
      return written
    }
    let target = store.publicURL(of: key, in: bucket)
    var deleted = judge(ground.store.ask("DELETE", target), "DELETE \(target)", "everybody can delete")
    deleted.evidence += written.evidence
    return deleted
  }

  private func judge(_ answer: Probe.Answer, _ request: String, _ harm: String) -> Observation {
    let quote = answer.quote(request)
    switch answer.status {
    case nil: return .unknown("no answer without credentials", quote)
    case .some(200..<300): return .fail(harm, quote)
    case .some(400..<500): return .pass("refuses requests without credentials", quote)
    default: return .unknown("neither granted nor refused without credentials", quote)
    }
  }

  /// Returns the statement that allows one of these actions to everybody, under no condition.
  private func opened(_ policy: Result<JSONValue?, StoreError>, to actions: String...) -> Observation {
    statements(policy) { statement in
      isForEverybody(statement) && (statement["Condition"]?.members ?? [:]).isEmpty
        && actions.contains { covers(statement, $0) }
    } or: {
      "the statement \($0) lets everybody in"
    }
  }

  private func wildcards(_ policy: Result<JSONValue?, StoreError>) -> Observation {
    statements(policy) { statement in
      !isForEverybody(statement)
        && ((statement["Action"]?.items ?? []).contains { ["*", "s3:*"].contains($0.string?.lowercased()) }
          || statement["NotAction"] != nil)
    } or: {
      "the statement \($0) allows all actions"
    }
  }

  private func statements(
    _ policy: Result<JSONValue?, StoreError>,
    where test: (JSONValue) -> Bool,
    or complaint: (String) -> String
  ) -> Observation {
    switch policy {
    case .failure(let error):
      return error.isNotOffered ? .pass("the store has no policies") : .unknown("the policy: \(error)")
    case .success(let document):
      let allowing = (document?["Statement"]?.items ?? []).filter { $0["Effect"]?.string == "Allow" }
      guard let found = allowing.first(where: test) else { return .pass("no statement of the policy allows it") }
      return .fail(complaint(found["Sid"]?.string ?? "without a Sid"), found.json())
    }
  }

  private func isForEverybody(_ statement: JSONValue) -> Bool {
    if statement["NotPrincipal"] != nil { return true }
    guard let principal = statement["Principal"] else { return false }
    let names = principal.string.map { [$0] } ?? (principal["AWS"]?.items ?? []).compactMap(\.string)
    return names.contains("*")
  }

  private func covers(_ statement: JSONValue, _ action: String) -> Bool {
    func matches(_ patterns: JSONValue) -> Bool {
      patterns.items.compactMap(\.string).contains { fnmatch($0.lowercased(), action.lowercased(), 0) == 0 }
    }
    if let patterns = statement["Action"] { return matches(patterns) }
    return statement["NotAction"].map { !matches($0) } ?? false
  }
}
