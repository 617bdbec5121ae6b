import Core
public import Database
public import Foundation

extension JobRecord {
  /// Describes the state at `now` for an administrator.
  public func words(at now: Date) -> String {
    let until = dueAt.timeIntervalSince(now)
    switch state {
    case .leased where isHeld(at: now):
      return "at work, lease ends in \(Wording.duration(until))" + (runsAgain ? ", runs again then" : "")
    case .leased: return "lease ran out \(Wording.duration(-until)) ago"
    case .failed: return "failed after \(Wording.number(max(failures, 1), "failure")), \(Wording.duration(-until)) ago"
    case .queued:
      let due = Self.due(in: until)
      if failures > 0 { return "waits after \(Wording.number(failures, "failure")), \(due)" }
      return lastError == nil ? due : "postponed, \(due)"
    }
  }

  private static func due(in seconds: TimeInterval) -> String {
    guard abs(seconds) >= 1 else { return "due now" }
    return seconds > 0 ? "due in \(Wording.duration(seconds))" : "due for \(Wording.duration(-seconds))"
  }

  /// The job's last error, in one printable line; nil if there is none.
  public var complaint: String? { lastError.map(Wording.printable) }

  /// The remedy for the job's last error; nil if there is none.
  var advice: String? {
    guard let complaint else { return nil }
    let known = [
      ("StreamMaxLength", "Raise StreamMaxLength and MaxFileSize in clamd.conf above STOWAGE_UPLOAD_MAX_BYTES."),
      ("scanner", "Is clamd running, its signatures loaded? Until it answers, uploads wait; none is lost."),
      (
        "decoder", "Is STOWAGE_DECODER the right program, and memory left? A file that breaks it is refused in the end."
      ),
      (
        "temporary file", "STOWAGE_TEMPORARY_DIRECTORY must be a writable folder on a local disk with room for uploads."
      ),
      ("is not there", "Run `stowage buckets apply`, or correct the bucket's name in the configuration."),
      ("database", "Is there room on the database's disk, and does a process hold it for long?"),
    ].first { complaint.contains($0.0) }
    return (known?.1 ?? "Does the store answer, and allow this?") + " `stowage doctor` looks at every part."
  }
}
