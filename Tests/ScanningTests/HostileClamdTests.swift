import Foundation
import Scanning
import Testing

/// Tests with misbehaving daemons.
@Suite struct HostileClamdTests {
  func refusal(_ behaviour: FakeClamd.Behaviour, bytes: Int = 300_000, deadline: Double = 10) throws -> ScanError {
    let fake = try FakeClamd(behaviour)
    let clamd = Clamd(.unix(path: fake.path), deadlineSeconds: deadline)
    let file = try TemporaryFile(Data(repeating: 1, count: bytes))
    return try #require(throws: ScanError.self) { try file.scanned(by: clamd) }
  }

  func answer(_ bytes: [UInt8]) throws -> ScanVerdict {
    let fake = try FakeClamd(.answersAfterTheEnd(bytes))
    return try TemporaryFile(Data("x".utf8)).scanned(by: Clamd(.unix(path: fake.path), deadlineSeconds: 10))
  }

  @Test func `the fake passes for a daemon if it answers like one`() throws {
    #expect(try answer(Array("stream: OK\0".utf8)) == .clean)
    #expect(try answer(Array("stream: Win.Test-1 FOUND\0".utf8)) == .infected(name: "Win.Test-1"))
    let limit = "Heuristics.Limits.Exceeded.MaxScanSize"
    #expect(try answer(Array("stream: \(limit) FOUND\0".utf8)) == .limitExceeded(name: limit))
  }

  @Test(arguments: [
    "\0", "stream: OK", "stream: OK\n", "stream: OK\n\0", "stream: OK \0", "stream: ok\0", "OK\0", "stream:OK\0",
    "1: stream: OK\0", " stream: OK\0", "stream: OK\0\0", "stream: OK\0stream: Eicar FOUND\0", "stream: \0OK\0",
    "stream: OK OK\0", "stream:  FOUND\0", "stream: FOUND\0", "stream: x found\0", "UNKNOWN COMMAND\0",
    "stream: Can't allocate memory ERROR\0", "HTTP/1.1 200 OK\r\n\r\nstream: OK\0",
    String(repeating: "stream: OK", count: 1000),
  ])
  func `a response that is not exactly a verdict is refused`(text: String) throws {
    let error = try #require(throws: ScanError.self) { try answer(Array(text.utf8)) }
    guard case .refused(let detail) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(detail.utf8.count < 300)
    #expect(detail.utf8.allSatisfy { (0x20...0x7E).contains($0) })
  }

  @Test(arguments: ["stream: OK\0", "stream: Eicar FOUND\0"])
  func `a verdict before the end of the file is refused`(text: String) throws {
    guard case .refused = try refusal(.answersAtOnce(text), bytes: 60_000_000) else {
      Issue.record("a verdict was taken early")
      return
    }
  }

  @Test func `an early size limit has a separate error`() throws {
    #expect(try refusal(.answersAtOnce("INSTREAM size limit exceeded. ERROR\0"), bytes: 60_000_000) == .tooLarge)
  }

  @Test(arguments: [0, 10, 100_000])
  func `a daemon that dies in the middle is unavailable`(count: Int) throws {
    guard case .unavailable(let detail) = try refusal(.closesAfter(count), bytes: 10_000_000) else {
      Issue.record("not unavailable")
      return
    }
    #expect(!detail.contains("in time"))
  }

  @Test(arguments: [1, 3_000_000])
  func `a daemon that accepts a file and never answers is too slow`(bytes: Int) throws {
    let start = ContinuousClock.now
    guard case .tooSlow = try refusal(.staysSilent, bytes: bytes, deadline: 2) else {
      Issue.record("not too slow")
      return
    }
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test func `a name cannot carry control characters or grow without bounds`() throws {
    let name = "Evil\u{1B}[31m\nÜ\r" + String(repeating: "x", count: 500)
    guard case .infected(let told) = try answer(Array("stream: \(name) FOUND\0".utf8)) else {
      Issue.record("not infected")
      return
    }
    #expect(told.hasPrefix("Evil_[31m____x"))
    #expect(told.utf8.count == 128)
  }

  @Test(arguments: ["/nonexistent/clamd.sock", "/", "127.0.0.1:1", "[::1]:1"])
  func `a missing daemon is unavailable, for a scan and for the version`(text: String) throws {
    let clamd = Clamd(try #require(ClamdAddress(text)))
    let file = try TemporaryFile(Data("x".utf8))
    for attempt in [{ _ = try file.scanned(by: clamd) }, { _ = try clamd.version() }] {
      let error = #expect(throws: ScanError.self) { try attempt() }
      guard case .unavailable? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func `a full queue of connections is awaited until the connection's deadline`() throws {
    let queue = try FullQueue()
    let start = ContinuousClock.now
    let clamd = Clamd(.unix(path: queue.path), connectSeconds: 0.3, deadlineSeconds: 20)
    let error = #expect(throws: ScanError.self) { try clamd.ping() }
    guard case .unavailable? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(ContinuousClock.now - start >= .seconds(0.3))
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test func `without a scanner the verdict says that the file was not scanned`() throws {
    #expect(try TemporaryFile(Data("x".utf8)).scanned(by: NoScanner()) == .notScanned)
    #expect(try NoScanner().version().contains("no scanner"))
  }

  @Test(arguments: [
    "", "clamd.sock", "host", "host:", "host:0", "host:65536", ":3310", "a:b:3310", "[]:3310", "ho st:3310", "host:+1x",
    "/" + String(repeating: "x", count: 107),
  ])
  func `an invalid address is refused`(text: String) {
    #expect(ClamdAddress(text) == nil)
  }

  @Test(arguments: ["/run/clamav/clamd.ctl", "clamav:3310", "127.0.0.1:3310", "[::1]:3310"])
  func `an address is printed as it was parsed`(text: String) {
    #expect(ClamdAddress(text)?.description == text)
  }
}
