internal import Glibc

/// A value that threads use in turn, with queues of threads that wait for it to change.
///
/// `@unchecked Sendable` is safe: every access to `value` holds the mutex.
final class Monitor<Value>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let queues: UnsafeMutableBufferPointer<pthread_cond_t>
  private var value: Value

  /// Creates a monitor with as many queues of waiting threads.
  init(_ value: sending Value, queues count: Int = 1) {
    self.value = value
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    queues = .allocate(capacity: count)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    for index in 0..<count { pthread_cond_init(place(index), &attributes) }
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    for index in queues.indices { pthread_cond_destroy(place(index)) }
    queues.deallocate()
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body` with the value.
  func locked<Result, Failure>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }

  /// Repeats `attempt` until it returns a value, after each signal of `queue`; returns nil after `seconds`.
  ///
  /// `attempt` may shorten the wait before the next repetition: it sets the number of seconds.
  func wait<Result>(
    in queue: Int = 0,
    seconds limit: Double = .infinity,
    until attempt: (inout Value, _ pause: inout Double) -> Result?
  ) -> Result? {
    let end = monotonicSeconds() + limit
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      var pause = Double.infinity
      if let result = attempt(&value, &pause) { return result }
      let now = monotonicSeconds()
      guard now < end else { return nil }
      let deadline = min(end, now + pause)
      if deadline.isFinite {
        var time = timespec(tv_sec: Int(deadline), tv_nsec: Int((deadline - deadline.rounded(.down)) * 1e9))
        pthread_cond_timedwait(place(queue), mutex, &time)
      } else {
        pthread_cond_wait(place(queue), mutex)
      }
    }
  }

  /// Wakes one thread of a queue.
  func signal(_ queue: Int = 0) { pthread_cond_signal(place(queue)) }

  /// Wakes every thread of a queue.
  func broadcast(_ queue: Int = 0) { pthread_cond_broadcast(place(queue)) }

  private func place(_ index: Int) -> UnsafeMutablePointer<pthread_cond_t> {
    guard let base = queues.baseAddress else { preconditionFailure("a monitor has at least one queue") }
    return base + index
  }
}

/// The seconds of the clock that never goes back.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Suspends the calling thread.
func suspend(seconds: Double) { usleep(UInt32(min(max(seconds, 0) * 1_000_000, 3_600_000_000))) }
