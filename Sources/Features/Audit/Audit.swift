import Core
public import Foundation
import Synchronization

/// Examines a system, with proof by attempt.
public struct Audit: Sendable {
  private let subject: AuditSubject
  private let mutes: Mutes

  /// An audit of the system; failures that `mutes` cover are muted until their date.
  public init(_ subject: AuditSubject, mutes: Mutes = Mutes()) { (self.subject, self.mutes) = (subject, mutes) }

  /// The number of examinations at a time: most of the time they wait for answers.
  private static let width = 6

  /// Makes the checks, and returns the report.
  ///
  /// Whatever the probes write is removed, also if `isStopped` becomes true. `note` is called from any thread with the
  /// area of an examination that is done.
  public func run(
    _ checks: [Check] = Check.all,
    at now: Date,
    isStopped: @escaping @Sendable () -> Bool = { false },
    note: @escaping @Sendable (String) -> Void = { _ in }
  ) -> AuditReport {
    let ground = Ground(subject, at: now, isStopped: isStopped)
    let wanted = Set(checks.map(\.id))
    let examinations = Examination.all.filter { $0.checks.contains { wanted.contains($0.id) } }
    let results = Mutex<[Finding]>([])
    let next = Atomic(0)
    let group = DispatchGroup()
    // Threads, because a queue starts only as many as there are processors, and examinations wait most of the time.
    for _ in 0..<min(Self.width, examinations.count) {
      group.enter()
      Thread.detachNewThread {
        defer { group.leave() }
        while true {
          let index = next.add(1, ordering: .relaxed).oldValue
          guard index < examinations.count, !isStopped() else { return }
          let findings = examinations[index].examine(ground)
          results.withLock { $0 += findings }
          note(examinations[index].checks.first?.area ?? "")
        }
      }
    }
    group.wait()
    let redaction = Redaction(subject.settings)
    var findings = results.withLock { $0 }.filter { wanted.contains($0.check.id) }
    for check in checks where !findings.contains(where: { $0.check.id == check.id }) {
      findings.append(check.found(at: "", .unknown("nothing was examined")))
    }
    let position = Dictionary(uniqueKeysWithValues: checks.enumerated().map { ($1.id, $0) })
    findings = findings.map { finding in
      mutes.applied(to: finding.redacted(by: redaction), at: now)
    }
    findings.sort { left, right in
      let (first, second) = (position[left.check.id] ?? 0, position[right.check.id] ?? 0)
      return first == second ? left.place < right.place : first < second
    }
    return AuditReport(
      findings: findings,
      idleMutes: isStopped() ? [] : mutes.idle(in: findings),
      leftBehind: ground.leftBehind.all,
      isComplete: !isStopped(),
      date: now
    )
  }
}

/// Some checks that one piece of code makes, because they need the same answers.
struct Examination: Sendable {
  let checks: [Check]
  let examine: @Sendable (Ground) -> [Finding]

  /// Every examination; each check of the catalogue belongs to exactly one.
  static let all: [Examination] = [
    bucketRules, anonymousAccess, bucketOrigins, presignedURLs, unsignedHeaders, attachedPolicies, storeScheme,
    transport, siteHeaders,
    siteFrontDoor, siteConfiguration, privateListeners, apiAccess, files, cookies, originSettings, keyFiles, secrets,
    processes, databaseFiles, scanner, plainSettings, distribution,
  ]
}

extension Finding {
  fileprivate func redacted(by redaction: Redaction) -> Finding {
    Finding(
      check: check,
      outcome: outcome,
      place: redaction(place),
      text: redaction(text),
      evidence: evidence.map(redaction.callAsFunction)
    )
  }
}
