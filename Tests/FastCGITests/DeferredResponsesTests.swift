import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) final class DeferredResponsesTests {
  private let folder: URL
  private var socket: String { folder.appending(path: "echo.sock").path }

  init() throws { folder = try ScratchFolder.make(named: "fastcgi") }
  deinit { try? FileManager.default.removeItem(at: folder) }

  @Test func `deferred responses arrive whole, and immediate ones never wait for them`() throws {
    let echo = try EchoProcess(socket: socket, "threads=1", "slow=2")
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    let later = Mutex<[Answer]>([])
    let port = nginx.port
    let waiting = Thread {
      let all = atOnce(20, port: port, "/later?200", body: [65, 66])
      later.withLock { $0 = all }
    }
    waiting.start()
    usleep(300_000)
    let start = Date()
    for _ in 0..<50 { #expect(ask(nginx.port, "/empty")?.text == "{}") }
    #expect(-start.timeIntervalSinceNow < 1.5)
    while later.withLock({ $0.isEmpty }) { usleep(10_000) }
    #expect(later.withLock { $0.count { $0.status == 200 && $0.isWhole && $0.text.hasSuffix("body=2\nAB") } } == 20)
    #expect(echo.end() == 0)
  }

  @Test func `responses deferred at SIGTERM are sent before the process ends`() throws {
    let echo = try EchoProcess(socket: socket, "slow=2")
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    let process = echo.process.processIdentifier
    Thread.detachNewThread {
      usleep(300_000)
      kill(process, SIGTERM)
    }
    let answers = atOnce(12, port: nginx.port, "/later?150")
    #expect(answers.count { $0.status == 200 && $0.isWhole } == 12)
    echo.process.waitUntilExit()
    #expect(echo.process.terminationStatus == 0)
  }

  @Test func `requests above the limit are refused at once, and all are if there are no slow threads`() throws {
    let echo = try EchoProcess(socket: socket, "slow=1", "waiting=3")
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    let answers = atOnce(12, port: nginx.port, "/later?500")
    let refused = answers.count { $0.status == 503 && $0.text == "refused 503" }
    #expect(refused >= 8 && answers.count { $0.status == 200 } == 12 - refused)
    #expect(echo.end() == 0)
    let prompt = try EchoProcess(socket: socket)
    #expect(ask(nginx.port, "/later?1")?.text == "refused 503")
    #expect(prompt.end() == 0)
  }

  @Test func `one owner gets half of the slow threads and of the queue, and another is served meanwhile`()
    throws
  {
    let echo = try EchoProcess(socket: socket, "slow=2", "waiting=20")
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    let port = nginx.port
    let statuses = Mutex<[Int]>([])
    let crowd = Thread {
      let all = atOnce(30, port: port, "/later/eve?300")
      statuses.withLock { $0 = all.map(\.status) }
    }
    crowd.start()
    usleep(500_000)
    for _ in 0..<3 {
      let start = Date()
      #expect(ask(port, "/later/ann?1")?.status == 200)
      #expect(-start.timeIntervalSinceNow < 0.25)
    }
    while statuses.withLock({ $0.isEmpty }) { usleep(10_000) }
    let counts = statuses.withLock { all in (served: all.count { $0 == 200 }, refused: all.count { $0 == 503 }) }
    #expect(counts.served >= 10 && counts.served < 20 && counts.served + counts.refused == 30, "\(counts)")
    #expect(echo.end() == 0)
  }

  @Test func `deferred responses of one owner at SIGTERM are sent before the process ends`() throws {
    let echo = try EchoProcess(socket: socket, "slow=4")
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    let process = echo.process.processIdentifier
    Thread.detachNewThread {
      usleep(300_000)
      kill(process, SIGTERM)
    }
    let answers = atOnce(12, port: nginx.port, "/later/eve?150")
    #expect(answers.count { $0.status == 200 && $0.isWhole } == 12)
    echo.process.waitUntilExit()
    #expect(echo.process.terminationStatus == 0)
  }

  @Test func `a response deferred twice, or never made, is a 500, and the next request succeeds`() throws {
    let echo = try EchoProcess(socket: socket, "slow=1")
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    #expect(ask(nginx.port, "/twice")?.text == "refused 500")
    #expect(ask(nginx.port, "/fail")?.text == "refused 500")
    #expect(ask(nginx.port, "/later?1")?.status == 200)
    #expect(echo.end() == 0)
  }

  @Test func `a peer that disconnects while it waits costs only its turn`() throws {
    let echo = try EchoProcess(socket: socket, "slow=1")
    let before = echo.openDescriptors
    for _ in 0..<5 {
      let wire = try #require(Wire(socket: socket))
      wire.send(FastCGIRecords.whole("/later"))
    }
    let last = try #require(Wire(socket: socket))
    last.send(FastCGIRecords.whole("/later"))
    #expect(last.readToEnd().map(FastCGIRecords.read)?.isEnded == true)
    for _ in 0..<200 where echo.openDescriptors > before { usleep(10_000) }
    #expect(echo.openDescriptors <= before)
    #expect(echo.end() == 0)
  }
}

/// Returns the responses to `count` simultaneous requests.
private func atOnce(_ count: Int, port: Int, _ target: String, body: [UInt8] = []) -> [Answer] {
  let answers = Mutex<[Answer]>([])
  let group = DispatchGroup()
  for _ in 0..<count {
    group.enter()
    Thread.detachNewThread {
      let method = body.isEmpty ? "GET" : "POST"
      if let answer = ask(port, target, method: method, body: body) { answers.withLock { $0.append(answer) } }
      group.leave()
    }
  }
  group.wait()
  return answers.withLock { $0 }
}
