import Dispatch
import Foundation
import Signing
import Synchronization
import TestSupport
import Testing

@testable import CredentialProviders

/// Many threads at once.
@Suite struct RefreshingThreadTests {
  private let provider = DirectedProvider()

  @Test func `one refresh runs, and nobody waits for it while the old credentials hold`() throws {
    let held = Mutex<[@Sendable () -> Void]>([])
    let isHeld = Atomic(false)
    let source = provider.source { work in
      if isHeld.load(ordering: .relaxed) { held.withLock { $0.append(work) } } else { work() }
    }
    provider.give("ONE", end: start + 3600)
    _ = try source.credentials(lasting: 0, at: start)
    provider.give("TWO", end: start + 7200)
    isHeld.store(true, ordering: .relaxed)
    let clock = ContinuousClock.now
    let keys = try concurrently(16) { _ in
      try (0..<100).map { _ in try source.credentials(lasting: 900, at: start + 2500).accessKeyID }
    }
    #expect(ContinuousClock.now - clock < .seconds(3) && Set(keys.joined()) == ["ONE"])
    #expect(held.withLock { $0.count } == 1, "one at a time")
    for work in held.withLock({ $0 }) { work() }
    #expect(try source.credentials(lasting: 900, at: start + 2500).accessKeyID == "TWO")
  }

  @Test func `of those whose URL would be cut, only the one that refreshes waits, and not for long`() throws {
    let held = Mutex<[@Sendable () -> Void]>([])
    let isHeld = Atomic(false)
    let source = provider.source { work in
      if isHeld.load(ordering: .relaxed) { held.withLock { $0.append(work) } } else { work() }
    }
    provider.give("ONE", end: start + 600)
    _ = try source.credentials(lasting: 0, at: start)
    isHeld.store(true, ordering: .relaxed)
    let times = try concurrently(8) { (_) throws in
      let clock = ContinuousClock.now
      #expect(try source.credentials(lasting: 900, at: start + 100).accessKeyID == "ONE")
      return (ContinuousClock.now - clock) / .seconds(1)
    }
    #expect(times.filter { $0 > 0.9 }.count == 1 && times.allSatisfy { $0 < 3 }, "\(times)")
    for work in held.withLock({ $0 }) { work() }
  }

  @Test func `those without any credentials wait for the first ones together`() throws {
    let gate = DispatchSemaphore(value: 0)
    let source = provider.source { work in
      Thread.detachNewThread {
        gate.wait()
        work()
      }
    }
    provider.give("ONE", end: start + 3600)
    let opener = Thread {
      usleep(200_000)
      gate.signal()
    }
    opener.start()
    let keys = try concurrently(8) { _ in try source.credentials(lasting: 900, at: start).accessKeyID }
    #expect(keys == Array(repeating: "ONE", count: 8) && provider.asked.count == 1)
  }
}
