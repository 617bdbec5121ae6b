import Core
import Database
import Dispatch
import Foundation

/// Keeps a job's lease alive while its work goes on: renewed at a third of its life, until it goes out of scope.
final class Lease {
  private let timer: any DispatchSourceTimer

  init(_ job: LeasedJob, seconds: Int, database: FileDatabase) {
    // A queue of its own gets a thread even while every thread of the global ones is blocked.
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "lease"))
    timer.setEventHandler {
      _ = try? database.renew(job, seconds: Double(seconds), at: .now)
    }
    timer.schedule(deadline: .now() + .milliseconds(seconds * 333), repeating: .milliseconds(seconds * 333))
    timer.activate()
    self.timer = timer
  }

  deinit { timer.cancel() }
}
