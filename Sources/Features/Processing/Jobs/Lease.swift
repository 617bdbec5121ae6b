import Core
import Database
import Dispatch
import Foundation

/// Renews a job's lease while the work continues: after every third of the lease time, until the object is released.
final class Lease {
  private let timer: any DispatchSourceTimer

  init(_ job: LeasedJob, seconds: Int, database: FileDatabase) {
    // A separate queue gets a thread even while every thread of the global queues is blocked.
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
