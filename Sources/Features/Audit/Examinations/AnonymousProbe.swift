import Core
import S3
import Storage

/// Requests without credentials to one bucket, and the statements of its policy that would allow them.
struct AnonymousProbe {
  let ground: Ground
  let store: S3Store
  let bucket: String

  func findings() -> [Finding] {
    let scratch = ScratchObjects(store, ground)
    defer { scratch.remove(from: bucket) }
    let policy = Result { () throws(StoreError) in try store.document(.policy, of: bucket) }
    var observations: [Check: [Observation]] = [:]
    observations[.anonymousRead] = [read(scratch), judged(policy) { $0.opened(to: .read) }]
    observations[.anonymousList] = [list(), judged(policy) { $0.opened(to: .list) }]
    observations[.anonymousWrite] = [write(scratch), judged(policy) { $0.opened(to: .write) }]
    observations[.policyWildcard] = [judged(policy) { $0.wildcards() }]
    observations[.policyPrincipals] = [
      judged(policy) { $0.principals(besides: ground.settings.store.account) }
    ]
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
    if put.isSuccess { scratch.expectObjects() }
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

  private func judged(_ policy: Result<JSONValue?, StoreError>, _ judge: (PolicyJudgement) -> Observation)
    -> Observation
  {
    switch policy {
    case .failure(let error):
      error.isNotOffered ? .pass("the store has no policies") : .unknown("the policy: \(error)")
    case .success(let document): judge(PolicyJudgement(document))
    }
  }
}
