import Foundation
import Scanning
import Synchronization
import TestSupport
import Testing

/// Tests with a real clamd.
@Suite(.enabled(if: ClamdServer.isAvailable, "clamd is not installed"))
struct ClamdTests {
  func clamd(_ server: ClamdServer, deadline: Double = 30) -> Clamd {
    Clamd(.unix(path: server.socketPath), deadlineSeconds: deadline)
  }

  @Test func `a clean file is clean and a signature in a sound PDF or PNG is found`() throws {
    let server = try ClamdServer()
    let clamd = clamd(server)
    #expect(try TemporaryFile(Data("nothing of interest".utf8)).scanned(by: clamd) == .clean)
    let infected = ScanVerdict.infected(name: ClamdServer.signatureName)
    #expect(try TemporaryFile(InfectedFiles.pdf).scanned(by: clamd) == infected)
    #expect(try TemporaryFile(InfectedFiles.png).scanned(by: clamd) == infected)
  }

  @Test(arguments: [-1, -15, 0, 1])
  func `a signature at the edge of two chunks is found`(shift: Int) throws {
    let server = try ClamdServer()
    var content = Data(repeating: 7, count: 131_072 + shift)
    content += ClamdServer.signature + Data(repeating: 7, count: 300_000)
    #expect(try TemporaryFile(content).scanned(by: clamd(server)) == .infected(name: ClamdServer.signatureName))
  }

  @Test func `a file of another size than expected gets no verdict`() throws {
    let server = try ClamdServer()
    let clamd = clamd(server)
    let file = try TemporaryFile(Data(repeating: 1, count: 1000))
    #expect(throws: ScanError.sizeMismatch(expected: 1001, actual: 1000)) {
      try clamd.scan(descriptor: file.descriptor, size: 1001)
    }
    #expect(throws: ScanError.sizeMismatch(expected: 999, actual: 1000)) {
      try clamd.scan(descriptor: file.descriptor, size: 999)
    }
    let empty = try TemporaryFile(Data())
    #expect(throws: ScanError.empty) { try empty.scanned(by: clamd) }
    #expect(throws: ScanError.sizeMismatch(expected: 5, actual: 0)) {
      try clamd.scan(descriptor: empty.descriptor, size: 5)
    }
  }

  @Test func `the whole file is scanned, whatever the descriptor's position, and the position stays`() throws {
    let server = try ClamdServer()
    let file = try TemporaryFile(InfectedFiles.png)
    lseek(file.descriptor, 3, SEEK_SET)
    #expect(try file.scanned(by: clamd(server)) == .infected(name: ClamdServer.signatureName))
    #expect(lseek(file.descriptor, 0, SEEK_CUR) == 3)
  }

  @Test func `an unreadable descriptor gets no verdict`() throws {
    let server = try ClamdServer()
    let error = #expect(throws: ScanError.self) { try clamd(server).scan(descriptor: -1, size: 5) }
    guard case .unreadable? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `a file above the daemon's limit has a separate error`() throws {
    let server = try ClamdServer(settings: ["StreamMaxLength 1M"])
    for size in [1_048_577, 4_000_000] {
      let file = try TemporaryFile(Data(repeating: 1, count: size))
      #expect(throws: ScanError.tooLarge) { try file.scanned(by: clamd(server)) }
    }
    #expect(try TemporaryFile(Data(repeating: 1, count: 1_048_576)).scanned(by: clamd(server)) == .clean)
  }

  @Test func `a daemon that hangs reaches the deadline, and is used again when it continues`() throws {
    let server = try ClamdServer()
    let file = try TemporaryFile(Data(repeating: 1, count: 4_000_000))
    server.suspend()
    let start = ContinuousClock.now
    for size in [4_000_000, 10] {
      let file = try TemporaryFile(Data(repeating: 1, count: size))
      let error = #expect(throws: ScanError.self) { try file.scanned(by: clamd(server, deadline: 0.3)) }
      switch error {
      // The queue of the daemon's socket may be full on a busy machine.
      case .unavailable: break
      // The kernel accepted so few bytes without the daemon.
      case .tooSlow where size == 10: break
      default: Issue.record("\(String(describing: error)) is not a scanner that is out of reach")
      }
    }
    #expect(ContinuousClock.now - start < .seconds(10))
    server.resume()
    #expect(try file.scanned(by: clamd(server)) == .clean)
  }

  @Test func `simultaneous scans get their own verdicts`() throws {
    let server = try ClamdServer()
    let clamd = clamd(server)
    let infected = try TemporaryFile(InfectedFiles.pdf)
    let clean = try TemporaryFile(Data(repeating: 9, count: 500_000))
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 24) { turn in
      let verdict = try? (turn % 2 == 0 ? infected : clean).scanned(by: clamd)
      let isRight = verdict == (turn % 2 == 0 ? .infected(name: ClamdServer.signatureName) : .clean)
      if !isRight { wrong.withLock { $0 += 1 } }
    }
    #expect(wrong.withLock { $0 } == 0)
  }

  @Test func `a daemon on a TCP port answers the same`() throws {
    let port = try #require(freePort())
    let server = try ClamdServer(settings: ["TCPSocket \(port)", "TCPAddr 127.0.0.1"])
    let clamd = Clamd(try #require(ClamdAddress("localhost:\(port)")))
    #expect(try TemporaryFile(InfectedFiles.png).scanned(by: clamd) == .infected(name: ClamdServer.signatureName))
    #expect(try clamd.version().hasPrefix("ClamAV "))
    withExtendedLifetime(server) {}
  }

  @Test func `the version is returned after a ping`() throws {
    let server = try ClamdServer()
    #expect(try clamd(server).version().hasPrefix("ClamAV "))
  }

  private func freePort() -> UInt16? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        guard bind(descriptor, $0, length) == 0, getsockname(descriptor, $0, &length) == 0 else { return nil }
        return UInt16(bigEndian: pointer.pointee.sin_port)
      }
    }
  }
}
