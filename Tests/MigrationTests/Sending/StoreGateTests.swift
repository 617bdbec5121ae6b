import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Migration

@Suite struct `The number of requests at a time` {
  private func gate(_ first: Int, _ largest: Int, patience: Double = 60, _ events: Events = Events()) -> StoreGate {
    StoreGate(first: first, largest: largest, patience: patience) { events.add($0) }
  }

  /// Returns the largest number of requests at a time, which `threads` make in `rounds`.
  private func most(_ gate: StoreGate, threads: Int, rounds: Int, microseconds: UInt32) throws -> Int {
    let state = Mutex((running: 0, most: 0))
    _ = try concurrently(threads) { _ in
      for _ in 0..<rounds {
        let pass = try gate.enter()
        state.withLock { state in
          state.running += 1
          state.most = max(state.most, state.running)
        }
        usleep(microseconds)
        state.withLock { $0.running -= 1 }
        gate.leave(pass, nil)
      }
    }
    return state.withLock { $0.most }
  }

  @Test func `grows with answers, and halves once for all requests that were under way`() throws {
    let gate = gate(16, 64)
    for _ in 0..<40 { gate.leave(try gate.enter(), nil) }
    #expect(gate.limit == 18)
    let passes = try (0..<18).map { _ in try gate.enter() }
    for pass in passes { gate.leave(pass, .throttled(detail: "SlowDown")) }
    #expect(gate.limit == 9)
    gate.leave(try gate.enter(), .throttled(detail: "SlowDown"))
    #expect(gate.limit == 4)
  }

  @Test func `stays below the cap, and bounds the requests of many threads`() throws {
    let gate = gate(2, 3)
    #expect(try most(gate, threads: 20, rounds: 20, microseconds: 200) == 3 && gate.limit == 3)
  }

  @Test func `keeps to a pace while users upload, by requests, by bytes and by the number at a time`() throws {
    let gate = gate(16, 16)
    func seconds(_ count: Int, bytes: Int64) throws -> Double {
      let start = ContinuousClock.now
      _ = try concurrently(count) { _ in gate.leave(try gate.enter(bytes: bytes), nil) }
      return (ContinuousClock.now - start) / .seconds(1)
    }
    gate.keep(to: Pace(requests: 4, requestsPerSecond: 50, bytesPerSecond: 10_000_000))
    #expect(try seconds(16, bytes: 0) >= 15 / 50.0)
    #expect(try seconds(4, bytes: 1_000_000) >= 0.3)
    gate.keep(to: Pace(requests: 2, requestsPerSecond: 1000, bytesPerSecond: 1e9))
    #expect(try most(gate, threads: 8, rounds: 1, microseconds: 5000) <= 2)
  }

  @Test func `the end of the pace, and a stop, reach requests that wait for their start`() throws {
    let gate = gate(16, 16)
    gate.keep(to: Pace(requests: 4, requestsPerSecond: 0.01, bytesPerSecond: 1))
    gate.leave(try gate.enter(), nil)
    let start = ContinuousClock.now
    Thread.detachNewThread {
      usleep(100_000)
      gate.keep(to: nil)
    }
    gate.leave(try gate.enter(bytes: 1 << 30), nil)
    gate.keep(to: Pace(requests: 4, requestsPerSecond: 0.01, bytesPerSecond: 1))
    gate.leave(try gate.enter(), nil)
    Thread.detachNewThread {
      usleep(100_000)
      gate.stop()
    }
    #expect(throws: SendFailure.stopped) { try gate.enter() }
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test func `a silent store is probed one request at a time, until it answers`() throws {
    let events = Events()
    let gate = gate(4, 4, events)
    let silence = StoreError.unavailable(detail: "refused")
    let start = ContinuousClock.now
    while !gate.isAway {
      gate.leave(try gate.enter(), silence)
      usleep(20_000)
    }
    #expect((2.9...6).contains((ContinuousClock.now - start) / .seconds(1)))
    let probe = try gate.enter()
    let others = DispatchGroup()
    for _ in 0..<3 {
      others.enter()
      Thread.detachNewThread {
        _ = try? gate.enter()
        others.leave()
      }
    }
    #expect(others.wait(timeout: .now() + 0.3) == .timedOut)
    gate.leave(probe, nil)
    #expect(others.wait(timeout: .now() + 20) == .success)
    #expect(events.all.first == .storeAway(silence) && events.all.count == 2)
    guard case .storeBack(let seconds) = events.all.last else { return #expect(Bool(false)) }
    #expect(seconds > 2.9)
  }

  @Test func `patience ends, and a stopped run refuses requests`() throws {
    let impatient = gate(4, 4, patience: 3.5)
    var outcome: SendFailure?
    while outcome == nil {
      outcome = failure { () throws(SendFailure) in
        impatient.leave(try impatient.enter(), .timeout(detail: ""))
        usleep(10_000)
      }
    }
    guard case .temporary(.unavailable) = outcome else { return #expect(Bool(false), "\(String(describing: outcome))") }
    impatient.stop()
    #expect(failure { () throws(SendFailure) in try impatient.enter() } == .stopped)
  }
}

/// The events of a run.
final class Events: Sendable {
  private let list = Mutex<[SenderEvent]>([])
  var all: [SenderEvent] { list.withLock { $0 } }
  func add(_ event: SenderEvent) { list.withLock { $0.append(event) } }
}
