import Core
import Database
import Foundation
import Scanning
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

/// The threads of one worker; they run as long as the object exists.
private final class Threads: Sendable {
  private let isStopping = Atomic(false)
  private let group = DispatchGroup()

  init(_ count: Int, _ processor: Processor) {
    for _ in 0..<count {
      group.enter()
      Thread.detachNewThread { [self] in
        while !isStopping.load(ordering: .relaxed) {
          if (try? processor.next(at: .now)) == nil { usleep(5_000) }
        }
        group.leave()
      }
    }
  }

  func stop() {
    isStopping.store(true, ordering: .relaxed)
    group.wait()
  }
}

/// A scan that waits until the gate opens.
private final class Gate: Sendable {
  private let state = Mutex((waiting: 0, isOpen: false))
  var waiting: Int { state.withLock { $0.waiting } }

  func pass() {
    state.withLock { $0.waiting += 1 }
    while !state.withLock({ $0.isOpen }) { usleep(2_000) }
    state.withLock { $0.waiting -= 1 }
  }

  func open() { state.withLock { $0.isOpen = true } }
}

/// The share of a worker's threads that one user can use.
@Suite struct ShareTests {
  /// Queues eve's photos, whose scans wait until the gate opens, for a worker of four threads.
  private func siege(_ body: (ProcessingFixture, Gate, UserID) throws -> Void) throws {
    let (fixture, gate) = (try ProcessingFixture(threads: 4), Gate())
    let eve = try fixture.user("eve")
    let photo = try Photo.jpeg(width: 201, height: 160)
    fixture.scanner.obey { _, size in
      if size == photo.count { gate.pass() }
      return .success(.clean)
    }
    for _ in 0..<12 { _ = try fixture.upload(photo, of: eve) }
    let threads = Threads(4, fixture.processor)
    defer {
      gate.open()
      threads.stop()
    }
    while gate.waiting < 2 { usleep(1_000) }
    usleep(300_000)
    try body(fixture, gate, eve)
  }

  @Test func `endless uploads of one user occupy half of the threads, and another user's photo becomes ready`() throws {
    try siege { fixture, gate, _ in
      #expect(gate.waiting == 2)
      let file = try fixture.upload()
      for _ in 0..<500 where try fixture.state(file) != .ready { usleep(10_000) }
      #expect(try fixture.state(file) == .ready)
    }
  }

  @Test func `migrated files occupy half of the threads, and an upload of their owner becomes ready meanwhile`() throws
  {
    let (fixture, gate) = (try ProcessingFixture(threads: 4), Gate())
    fixture.scanner.obey { _, size in
      if size == 7 { gate.pass() }
      return .success(.clean)
    }
    let migrated = try (0..<12).map { try fixture.migrate(Array("migrate".utf8), to: "\($0)") }
    let threads = Threads(4, fixture.processor)
    defer {
      gate.open()
      threads.stop()
    }
    while gate.waiting < 2 { usleep(1_000) }
    usleep(300_000)
    #expect(gate.waiting == 2)
    let file = try fixture.upload()
    for _ in 0..<500 where try fixture.state(file) != .ready { usleep(10_000) }
    #expect(try fixture.state(file) == .ready && gate.waiting == 2)
    gate.open()
    for _ in 0..<1000 where try fixture.jobs().queued > 0 { usleep(10_000) }
    threads.stop()
    #expect(try migrated.allSatisfy { try fixture.state($0) == .ready })
  }

  @Test func `beside uploads, migrated files get one thread, and rest as long as four of their checks`() throws {
    let (fixture, gate) = (try ProcessingFixture(threads: 4), Gate())
    let scans = Mutex(0)
    fixture.scanner.obey { _, size in
      guard size == 7 else { return .success(.clean) }
      scans.withLock { $0 += 1 }
      gate.pass()
      return .success(.clean)
    }
    let threads = Threads(4, fixture.processor)
    defer {
      gate.open()
      threads.stop()
    }
    let file = try fixture.upload()
    for _ in 0..<500 where try fixture.state(file) != .ready { usleep(10_000) }
    for name in 0..<3 { _ = try fixture.migrate(Array("migrate".utf8), to: "\(name)") }
    while gate.waiting < 1 { usleep(1_000) }
    usleep(500_000)
    #expect(gate.waiting == 1)
    gate.open()
    usleep(500_000)
    #expect(scans.withLock { $0 } == 1)
    for _ in 0..<1000 where try fixture.jobs().queued > 0 { usleep(10_000) }
    #expect(try fixture.jobs().queued == 0)
  }

  @Test func `a user who deletes files at work gets no further thread before these have ended`() throws {
    try siege { fixture, gate, eve in
      for file in try fixture.database.files(of: eve, after: nil, limit: 100) {
        let isAtWork = try fixture.database.job(.process, of: file.id)?.state == .leased
        if isAtWork { #expect(try fixture.database.delete(file.id, of: eve, at: .now)) }
      }
      usleep(300_000)
      #expect(gate.waiting == 2)
    }
  }
}
