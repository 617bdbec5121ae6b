import Core
import Foundation
import Scanning
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Processing

/// The scanner gets a file while it arrives, and its verdict still decides before anything is stored.
@Suite struct ArrivingScanTests {
  /// A scanner that records what it gets.
  private struct Recorder: MalwareScanner {
    final class Log: Sendable {
      let advances = Mutex<[Int64]>([])
      let begins = Atomic(0)
    }

    struct Scan: ArrivingScan {
      let log: Log
      let answer: Result<ScanVerdict, ScanError>

      func advance(to count: Int64) { log.advances.withLock { $0.append(count) } }
      func verdict() throws(ScanError) -> ScanVerdict { try answer.get() }
    }

    let log = Log()
    var answer = Result<ScanVerdict, ScanError>.success(.clean)
    var connection = Result<Void, ScanError>.success(())

    func begin(descriptor: Int32, size: Int64) throws(ScanError) -> any ArrivingScan {
      log.begins.add(1, ordering: .relaxed)
      try connection.get()
      return Scan(log: log, answer: answer)
    }

    func scan(descriptor: Int32, size: Int64) throws(ScanError) -> ScanVerdict { try answer.get() }
    func version() throws(ScanError) -> String { "a test's own" }
  }

  private func next(_ fixture: ProcessingFixture, _ scanner: Recorder) throws -> ProcessingOutcome? {
    var parts = fixture.processor.dependencies
    parts.scanner = scanner
    return try Processor(parts).next(at: .now + 1)?.outcome
  }

  @Test func `the scanner gets every piece as it arrives`() throws {
    let fixture = try ProcessingFixture()
    let photo = try ProcessingFixture.photo.get() + [UInt8](repeating: 0, count: 200_000)
    _ = try fixture.upload(photo)
    let scanner = Recorder()
    #expect(try next(fixture, scanner) == .ready)
    let counts = scanner.log.advances.withLock { $0 }
    #expect(counts.count >= 3 && counts == counts.sorted() && counts.last == Int64(photo.count))
    #expect(scanner.log.begins.load(ordering: .relaxed) == 1)
  }

  @Test func `no verdict, an early verdict and an absent scanner publish nothing`() throws {
    let answers: [Result<ScanVerdict, ScanError>] = [
      .success(.infected(name: "Test")), .success(.limitExceeded(name: "Test")), .failure(.tooLarge),
      .failure(.refused(detail: "answered before the end: stream: OK")), .failure(.unavailable(detail: "closed")),
      .failure(.tooSlow(detail: "no answer")),
    ]
    for answer in answers {
      let fixture = try ProcessingFixture()
      let file = try fixture.upload()
      #expect(try next(fixture, Recorder(answer: answer)) != .ready)
      #expect(try fixture.processedKeys().isEmpty && fixture.state(file) != .ready, "\(answer)")
    }
    let fixture = try ProcessingFixture()
    let file = try fixture.upload()
    let absent = Recorder(connection: .failure(.unavailable(detail: "away")))
    #expect(try next(fixture, absent)?.isPostponed == true)
    #expect(try fixture.processedKeys().isEmpty && fixture.state(file) == .received)
  }

  @Test func `a wrong digest is told without a scanner, and a file that begins as another type is not scanned`() throws
  {
    let fixture = try ProcessingFixture()
    let absent = Recorder(connection: .failure(.unavailable(detail: "away")))
    _ = try fixture.upload(sha256: String(repeating: "0", count: 64))
    #expect(try next(fixture, absent) == .rejected(.checksumMismatch))
    _ = try fixture.upload([UInt8](repeating: 7, count: 100))
    let scanner = Recorder()
    #expect(try next(fixture, scanner) == .rejected(.typeMismatch))
    #expect(scanner.log.begins.load(ordering: .relaxed) == 0)
  }
}
