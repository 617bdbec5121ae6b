import Core
import Database
import Foundation
import Storage
import TestSupport

@testable import Processing

extension RetentionSimulation {
  /// Returns the time from which the file may go by age; nil if its owner is premium.
  func deletion(of subject: Subject, arrival: Date, at time: Date) -> Date? {
    guard people.isStandard(subject.owner, at: time) else { return nil }
    let since = people.standardSince(subject.owner, at: time).map { $0 + Self.notice }
    return [arrival + Self.year, since, subject.restored.map { $0 + Self.notice }].compactMap { $0 }.max()
  }

  /// True if a lifecycle rule may take the file once it is old enough.
  private func isStores(_ subject: Subject, at time: Date) -> Bool {
    guard people.isStandard(subject.owner, at: time), subject.keepUntil == nil else { return false }
    return people.standardSince(subject.owner, at: time).map { subject.received >= $0 } ?? true
  }

  /// Compares every file with the model, after the worker has done its work.
  func check() throws {
    for index in living {
      switch subjects[index].state {
      case .waiting: try checkArrival(index)
      case .ready: try checkReady(index)
      case .deleted, .gone: break
      }
    }
  }

  private func checkArrival(_ index: Int) throws {
    guard let record = try fixture.database.file(subjects[index].file) else { return }
    guard record.state == .ready else {
      return violate("is \(record.state) after the worker's work", subjects[index])
    }
    subjects[index].state = .ready
    subjects[index].received = record.receivedAt ?? record.createdAt
    try checkReady(index)
  }

  private func checkReady(_ index: Int) throws {
    let subject = subjects[index]
    let current = try? fixture.store.memory.head(subject.key, in: ProcessingFixture.buckets.raw)
    guard current?.version == subject.version else { return try checkDeletion(index) }
    let isOver = cleansUp || isStores(subject, at: clock.now)
    guard isOver, let due = deletion(of: subject, arrival: subject.received, at: clock.now) else { return }
    if clock.now > due + tolerance(since: due) { violate("a standard file is still there, due \(due)", subject) }
  }

  /// Expects the row of a file whose current version is not the checked one to be deleted, and with reason.
  private func checkDeletion(_ index: Int) throws {
    let subject = subjects[index]
    guard let record = try fixture.database.file(subject.file) else { return violate("has no row", subject) }
    guard record.state == .deleted, let at = record.deletedAt else {
      return violate("is \(record.state) and not served after the worker's work", subject)
    }
    guard let removal = record.removal else { return violate("was deleted by nobody", subject) }
    guard let due = deletion(of: subject, arrival: subject.created, at: at) else {
      return violate("was deleted by \(removal) at \(at) while its owner was premium", subject)
    }
    if at < due - 0.002 { violate("was deleted by \(removal) at \(at), before \(due)", subject) }
    switch removal {
    case .lifecycle:
      counts.deletedByLifecycle += 1
      if !isStores(subject, at: at) { violate("was exempt, and left to the store's marker", subject) }
      subjects[index].state = .deleted(at, by: .lifecycle)
    case .cleanup:
      counts.deletedByCleanup += 1
      if !cleansUp { violate("was deleted by a cleanup that nobody ran", subject) }
      subjects[index].state = .deleted(at, by: .cleanup)
    }
  }

  /// Returns how late the worker may be with something that is due: two days, and its days off.
  private func tolerance(since due: Date) -> TimeInterval {
    let first = Int(due.timeIntervalSince(Self.start) / 86_400) - 1
    return Double(2 + offDays.count { ($0 >= first) && $0 <= day }) * 86_400
  }

  /// Expects the bytes of every file to be there until they may go, and not much longer.
  func checkBytes() {
    let raw = ProcessingFixture.buckets.raw
    for index in living {
      let subject = subjects[index]
      let object = try? fixture.store.memory.head(subject.key, in: raw, version: subject.version)
      switch subject.state {
      case .waiting, .ready:
        if object == nil { violate("its bytes are gone", subject) }
      case .deleted(let at, _):
        if object == nil {
          if clock.now < at + Retention.seconds { violate("its bytes went during the 30 days of restore", subject) }
          subjects[index].state = .gone
        } else if clock.now > at + 31 * 86_400 + tolerance(since: at + 31 * 86_400) {
          violate("its bytes are still there", subject)
        }
      case .gone: break
      }
    }
    living.removeAll { subjects[$0].state == .gone }
  }
}
