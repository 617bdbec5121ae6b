import Foundation
import Scanning
import TestSupport
import Testing

/// Scans of files that are still being written.
@Suite struct ArrivingFileTests {
  /// Writes the pieces one by one, and lets the scan advance after each.
  private func verdict(
    on pieces: [Data],
    size: Int? = nil,
    by clamd: Clamd
  ) throws -> Result<ScanVerdict, ScanError> {
    let file = try TemporaryFile(Data())
    let scan = try clamd.begin(
      descriptor: file.descriptor,
      size: Int64(size ?? pieces.reduce(0) { $0 + $1.count })
    )
    var count = 0
    for piece in pieces {
      let written = piece.withUnsafeBytes { pwrite(file.descriptor, $0.baseAddress, $0.count, off_t(count)) }
      try #require(written == piece.count)
      count += piece.count
      scan.advance(to: Int64(count))
    }
    return Result { () throws(ScanError) in try scan.verdict() }
  }

  private func fake(_ behaviour: FakeClamd.Behaviour, deadline: Double = 10) throws -> (FakeClamd, Clamd) {
    let fake = try FakeClamd(behaviour)
    return (fake, Clamd(.unix(path: fake.path), deadlineSeconds: deadline))
  }

  @Test(
    .enabled(if: ClamdServer.isAvailable, "clamd is not installed"),
    arguments: [1, 4096, 65_536, 131_072, 300_001]
  )
  func `clamd finds a signature in a file that arrives in pieces`(length: Int) throws {
    let server = try ClamdServer()
    let clamd = Clamd(.unix(path: server.socketPath), deadlineSeconds: 30)
    let blank = Data(repeating: 7, count: length == 1 ? 900 : 200_000)
    let infected = blank + ClamdServer.signature + blank
    func pieces(_ data: Data) -> [Data] {
      stride(from: 0, to: data.count, by: length).map { data[$0..<min($0 + length, data.count)] }
    }
    #expect(try verdict(on: pieces(infected), by: clamd) == .success(.infected(name: ClamdServer.signatureName)))
    #expect(try verdict(on: pieces(blank + blank), by: clamd) == .success(.clean))
  }

  @Test func `a file that is shorter or longer than announced gets no verdict`() throws {
    for difference in [-1, 1, 200_000] {
      let (fake, clamd) = try fake(.answersAfterTheEnd(Array("stream: OK\0".utf8)))
      let size = 300_000 + difference
      guard case .failure(.sizeMismatch) = try verdict(on: [Data(repeating: 1, count: 300_000)], size: size, by: clamd)
      else {
        Issue.record("a file of another size got a verdict")
        return
      }
      withExtendedLifetime(fake) {}
    }
  }

  @Test(arguments: ["stream: OK\0", "stream: Eicar FOUND\0"])
  func `a verdict in the middle of the file is refused`(text: String) throws {
    let (fake, clamd) = try fake(.answersAtOnce(text))
    let pieces = [Data](repeating: Data(repeating: 1, count: 65_536), count: 200)
    guard case .failure(.refused) = try verdict(on: pieces, by: clamd) else {
      Issue.record("an early verdict was taken")
      return
    }
    withExtendedLifetime(fake) {}
  }

  @Test func `a daemon that dies in the middle is unavailable`() throws {
    let (fake, clamd) = try fake(.closesAfter(200_000))
    let pieces = [Data](repeating: Data(repeating: 1, count: 65_536), count: 200)
    guard case .failure(.unavailable) = try verdict(on: pieces, by: clamd) else {
      Issue.record("not unavailable")
      return
    }
    withExtendedLifetime(fake) {}
  }

  @Test func `a daemon that stalls never holds up the file, only the verdict`() throws {
    let (fake, clamd) = try fake(.stalls, deadline: 1)
    let file = try TemporaryFile(Data(repeating: 1, count: 40_000_000))
    let start = ContinuousClock.now
    let scan = try clamd.begin(descriptor: file.descriptor, size: 40_000_000)
    for count in stride(from: 0, through: 40_000_000, by: 400_000) { scan.advance(to: Int64(count)) }
    #expect(ContinuousClock.now - start < .milliseconds(900), "the pieces waited for the daemon")
    let error = #expect(throws: ScanError.self) { try scan.verdict() }
    guard case .unavailable? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(ContinuousClock.now - start < .seconds(10))
    withExtendedLifetime(fake) {}
  }

  @Test func `the deadline counts from the end of the file, however long it takes to arrive`() throws {
    let (fake, clamd) = try fake(.answersAfterTheEnd(Array("stream: OK\0".utf8)), deadline: 0.5)
    let file = try TemporaryFile(Data(repeating: 1, count: 200_000))
    let scan = try clamd.begin(descriptor: file.descriptor, size: 200_000)
    scan.advance(to: 150_000)
    usleep(700_000)
    #expect(try scan.verdict() == .clean)
    withExtendedLifetime(fake) {}
  }

  @Test func `a scan that is released early leaves nothing behind`() throws {
    let (fake, clamd) = try fake(.staysSilent)
    let file = try TemporaryFile(Data(repeating: 1, count: 200_000))
    do {
      let scan = try clamd.begin(descriptor: file.descriptor, size: 200_000)
      scan.advance(to: 200_000)
    }
    // The daemon's end sees the end of the connection; otherwise the release of `fake` would hang.
    withExtendedLifetime(fake) {}
  }
}
