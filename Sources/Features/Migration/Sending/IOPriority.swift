internal import CDisk

/// The priority with which a thread's reads compete for the disk.
///
/// Only some I/O schedulers obey priorities: BFQ does, mq-deadline obeys the class `idle`, and `none` obeys nothing.
/// Source: https://man7.org/linux/man-pages/man2/ioprio_set.2.html
public enum IOPriority: String, Hashable, Sendable, CaseIterable {
  /// The priority that the process has.
  case inherited
  /// The lowest level of the class `best-effort`: the reads take turns with all others, with the smallest share.
  case lowest
  /// The class `idle`: the reads wait until no other process needs the disk.
  case idle

  /// Gives the calling thread this priority; returns false if the system refuses.
  @discardableResult
  public func applyToThread() -> Bool {
    switch self {
    case .inherited: true
    case .lowest: disk_set_lowest_priority() == 0
    case .idle: disk_set_idle_priority() == 0
    }
  }
}
