public import Database
public import Foundation
import Synchronization

/// Lets one idle thread of the worker look for jobs while the others rest.
///
/// The thread at the post waits for a commit to the database, for the time at which the next job is due, or for a second.
/// A thread that takes a job gives the post to one that rests, which looks at once: a burst of jobs wakes one thread after
/// another. Without a watch of the database, the thread looks twenty times a second.
public final class Lookout: Sendable {
  /// The longest wait between two looks, in milliseconds.
  private static let longest = 1000
  /// The wait between two looks without a watch, and while a job is due that this worker may not take yet.
  private static let short = 50
  /// The shortest time between two looks for commits: other processes can commit many times a second.
  private static let shortest = 10

  /// The post of one thread.
  public struct Post {
    fileprivate(set) var isHeld = false

    /// Creates the post of a thread that does not have it yet.
    public init() {}
  }

  private struct State {
    var isTaken = false
    var isOver = false
    var lastLook = ContinuousClock.now
  }

  private let watch: ChangeWatch?
  /// Locked around each change of the state that a resting thread waits for.
  private let rest = NSCondition()
  /// The same for threads that pause, which a job need not wake.
  private let end = NSCondition()
  private let state = Mutex(State())

  /// Creates a lookout that sees commits by `watch`.
  public init(_ watch: ChangeWatch?) { self.watch = watch }

  /// True until `stop`.
  public var isGoingOn: Bool { state.withLock { !$0.isOver } }

  /// Waits until the calling thread should look for jobs again.
  ///
  /// `due` is the time of the next job, in seconds from now; nil if there is none.
  public func wait(_ post: inout Post, nextJobIn due: TimeInterval?) {
    if !post.isHeld, takeAfterRest(&post) { return }
    let milliseconds = Self.milliseconds(to: due, isWatching: watch != nil)
    guard let watch else { return pause(seconds: Double(milliseconds) / 1000) }
    if watch.wait(milliseconds: milliseconds) {
      let since = ContinuousClock.now - state.withLock { $0.lastLook }
      let left = Self.shortest - Int(since / .milliseconds(1))
      if left > 0 { watch.rest(milliseconds: left) }
    }
    state.withLock { $0.lastLook = .now }
  }

  /// Gives the post to a thread that rests, because the calling one has work.
  public func leave(_ post: inout Post) {
    guard post.isHeld else { return }
    post.isHeld = false
    change(rest) { $0.isTaken = false }
  }

  /// Waits on the calling thread for `seconds`, or until `stop`.
  public func pause(seconds: TimeInterval) {
    let date = Date.now + seconds
    end.lock()
    defer { end.unlock() }
    while isGoingOn, end.wait(until: date) {}
  }

  /// Ends all waits, now and later.
  public func stop() {
    for condition in [rest, end] { change(condition) { $0.isOver = true } }
    watch?.interrupt()
  }

  /// Takes the post; returns true if another thread had it, and the calling thread had to rest.
  private func takeAfterRest(_ post: inout Post) -> Bool {
    rest.lock()
    defer { rest.unlock() }
    var hasRested = false
    while state.withLock({ $0.isTaken && !$0.isOver }) {
      hasRested = true
      rest.wait()
    }
    state.withLock { $0.isTaken = true }
    post.isHeld = true
    return hasRested
  }

  private func change(_ condition: NSCondition, _ body: (inout State) -> Void) {
    condition.lock()
    state.withLock { body(&$0) }
    condition.broadcast()
    condition.unlock()
  }

  /// Returns the wait for commits, in milliseconds.
  static func milliseconds(to due: TimeInterval?, isWatching: Bool) -> Int {
    guard isWatching else { return short }
    guard let due, due < Double(longest) / 1000 else { return longest }
    return max(Int((due * 1000).rounded(.up)), short)
  }
}
