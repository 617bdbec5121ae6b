import Assembly
import Logging
import Metrics
import Processing
import Synchronization

/// Records events about the tags of objects in the log and the metrics.
final class TagReport: Sendable {
  private let log: Logger
  private let set: Counter
  private let removed: Counter
  private let refused: Counter
  private let hasToldOfStore = Atomic(false)
  private let nextWarning = Mutex(ContinuousClock.now)

  init(_ app: some ProcessingProvider) {
    log = app.log
    set = app.metrics.counter("stowage_tags_set_total", "Objects that got the tag retention=standard.")
    removed = app.metrics.counter("stowage_tags_removed_total", "Objects whose tags were removed.")
    refused = app.metrics.counter("stowage_tags_refused_total", "Calls about tags that the store refused.")
  }

  /// Records `event`; a store without tags is logged once, refusals once a minute.
  func tell(_ event: TagEvent) {
    switch event {
    case .set: set.add()
    case .removed: removed.add()
    case .notOffered:
      guard !hasToldOfStore.exchange(true, ordering: .relaxed) else { return }
      log.notice("the store has no tags: stowage cleanup alone deletes files by age")
    case .refused(let detail):
      refused.add()
      let isTime = nextWarning.withLock { next in
        guard next <= .now else { return false }
        next = .now + .seconds(60)
        return true
      }
      guard isTime else { return }
      log.warning("the store refused to change tags", metadata: ["detail": .string(detail)])
    }
  }
}
