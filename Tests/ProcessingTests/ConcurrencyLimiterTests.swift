import Core
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct ConcurrencyLimiterTests {
  /// Records the maximum of simultaneous files, and of their pixels.
  private final class Meter: Sendable {
    private let state = Mutex((files: 0, pixels: 0, mostFiles: 0, mostPixels: 0))
    var most: (files: Int, pixels: Int) { state.withLock { ($0.mostFiles, $0.mostPixels) } }

    func pass(_ pixels: Int) {
      state.withLock { state in
        state.files += 1
        state.pixels += pixels
        state.mostFiles = max(state.mostFiles, state.files)
        state.mostPixels = max(state.mostPixels, state.pixels)
      }
      usleep(2_000)
      state.withLock { state in
        state.files -= 1
        state.pixels -= pixels
      }
    }
  }

  @Test func `files and pixels stay within their limits, and all get a permit in the end`() throws {
    let limiter = ConcurrencyLimiter(OnDemandSettings(files: 3, pixels: 100))
    let meter = Meter()
    _ = try concurrently(60) { index in
      let pixels = [10, 40, 50, 100][index % 4]
      try limiter.admit("user\(index % 7)", pixels: pixels, by: .now + 20) { () throws(StorageError) in
        meter.pass(pixels)
      }
    }
    #expect(meter.most.files > 1 && meter.most.files <= 3 && meter.most.pixels <= 100)
  }

  @Test func `an image above the limit gets a permit alone`() throws {
    let limiter = ConcurrencyLimiter(OnDemandSettings(files: 3, pixels: 100))
    #expect(try limiter.admit(pixels: 1_000, by: .now + 1) { () throws(StorageError) in 1 } == 1)
    try limiter.admit(pixels: 1_000, by: .now + 1) { () throws(StorageError) in
      #expect(throws: StorageError.processing(retryAfter: 5)) {
        try limiter.admit("eve", pixels: 1, by: .now + 0.05) { () throws(StorageError) in 1 }
      }
    }
    #expect(try limiter.admit(pixels: 1, by: .now + 1) { () throws(StorageError) in 2 } == 2)
  }

  @Test func `a large waiting image is not overtaken for ever, and one that gives up delays nobody`() throws {
    let limiter = ConcurrencyLimiter(OnDemandSettings(files: 3, pixels: 100))
    try limiter.admit(pixels: 60, by: .now + 1) { () throws(StorageError) in
      #expect(throws: StorageError.processing(retryAfter: 5)) {
        try limiter.admit("eve", pixels: 50, by: .now + 0.05) { () throws(StorageError) in 0 }
      }
      #expect(try limiter.admit("eve", pixels: 40, by: .now + 1) { () throws(StorageError) in 1 } == 1)
    }
  }

  /// Starts ten images of eve; each keeps its permit until the gate lets it go.
  private func crowd(_ limiter: ConcurrencyLimiter, pixels: Int, _ gate: DispatchSemaphore, _ usage: Counter)
    -> DispatchGroup
  {
    let group = DispatchGroup()
    for _ in 0..<10 {
      group.enter()
      Thread.detachNewThread {
        try? limiter.admit("eve", pixels: pixels, by: .now + 20) { () throws(StorageError) in
          usage.increment()
          gate.wait()
        }
        group.leave()
      }
    }
    return group
  }

  @Test(arguments: [(files: 4, pixels: 1, most: 2), (4, 40, 1), (2, 50, 1), (2, 100, 1)])
  func `one user's images get half of the permits and pixels, and another user's gets one at once`(
    files: Int,
    pixels: Int,
    most: Int
  ) throws {
    let limiter = ConcurrencyLimiter(OnDemandSettings(files: files, pixels: 100))
    let (gate, usage) = (DispatchSemaphore(value: 0), Counter())
    let group = crowd(limiter, pixels: pixels, gate, usage)
    while usage.value < most { usleep(1_000) }
    usleep(100_000)
    #expect(usage.value == most)
    if pixels < 100 { try limiter.admit("ann", pixels: 50, by: .now + 1) { () throws(StorageError) in } }
    for _ in 0..<10 { gate.signal() }
    group.wait()
    #expect(usage.value == 10)
  }

  @Test func `a single permit goes to the users in turn`() throws {
    let limiter = ConcurrencyLimiter(OnDemandSettings(files: 1, pixels: 100))
    let (gate, usage) = (DispatchSemaphore(value: 0), Counter())
    let group = crowd(limiter, pixels: 1, gate, usage)
    while usage.value < 1 { usleep(1_000) }
    Thread.detachNewThread {
      usleep(200_000)
      gate.signal()
    }
    try limiter.admit("ann", pixels: 50, by: .now + 5) { () throws(StorageError) in #expect(usage.value == 1) }
    for _ in 0..<9 { gate.signal() }
    group.wait()
  }

  @Test func `an error inside releases the permit`() throws {
    let limiter = ConcurrencyLimiter(OnDemandSettings(files: 1, pixels: 100))
    for _ in 0..<3 {
      #expect(throws: StorageError.notFound) {
        try limiter.admit(pixels: 100, by: .now + 1) { () throws(StorageError) in throw .notFound }
      }
    }
  }
}

private final class Counter: Sendable {
  private let count = Atomic(0)
  var value: Int { count.load(ordering: .relaxed) }
  func increment() { count.add(1, ordering: .relaxed) }
}

extension ConcurrencyLimiter {
  /// Runs `body` with a permit for an image of `user` with this many `pixels`.
  @discardableResult
  func admit<Value>(
    _ user: String = "ann",
    pixels: Int,
    by deadline: Date,
    _ body: () throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    guard let user = UserID(user) else { throw .notFound }
    let permit = try permit(for: user, pixels: pixels, by: deadline)
    return try withExtendedLifetime(permit, body)
  }
}
