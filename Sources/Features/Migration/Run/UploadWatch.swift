internal import Database
internal import Foundation
internal import Synchronization

/// Slows a run down while users upload, and lets it go on at full speed afterwards.
final class UploadWatch: Sendable {
  /// The time between two looks at the database, in seconds.
  private static let interval = 0.5
  /// The time for which the run stays slow after the last sign of an upload, in seconds.
  private static let courtesy = 10.0

  private struct State {
    var slowUntil = 0.0
    var isSlow = false
    var hasTold = false
  }

  private let database: FileDatabase
  private let pace: Pace
  private let sender: FileSender
  private let state = Mutex(State())
  private let ending = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)

  /// Looks once, and then from time to time until `end`.
  init(_ database: FileDatabase, slowing sender: FileSender, to pace: Pace) {
    self.database = database
    self.sender = sender
    self.pace = pace
    look()
    let thread = Thread { [self] in
      while ending.wait(timeout: .now() + Self.interval) == .timedOut { look() }
      hasEnded.signal()
    }
    thread.name = "watch uploads"
    thread.start()
  }

  /// Ends the watch; returns when its thread has ended.
  func end() {
    ending.signal()
    hasEnded.wait()
  }

  private func look() {
    let found = try? database.hasUploads(since: .now - 2 * Self.interval)
    let now = monotonicSeconds()
    let event = state.withLock { state -> SenderEvent? in
      // A database that does not answer now is no reason for full speed.
      if found ?? state.isSlow { state.slowUntil = now + Self.courtesy }
      guard state.isSlow != (now < state.slowUntil) else { return nil }
      state.isSlow.toggle()
      sender.keep(to: state.isSlow ? pace : nil)
      guard state.isSlow, !state.hasTold else { return nil }
      state.hasTold = true
      return .yielding(pace)
    }
    if let event { sender.settings.report(event) }
  }
}
