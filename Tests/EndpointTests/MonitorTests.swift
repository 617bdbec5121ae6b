import Assembly
import Core
import FastCGI
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Endpoint

@Suite struct MonitorTests {
  private func ask(_ monitor: Monitor, _ path: String, method: String = "GET") throws -> Response {
    try #require(monitor.answer(Request(method: method, path: path)))
  }

  private func monitor(_ parts: ReadinessCheck...) throws -> Monitor {
    Monitor(try Scripted.pipeline().app, process: "scripted", checks: parts)
  }

  private func parts(_ response: Response) throws -> [String: String] {
    try #require(try response.members()["parts"] as? [String: String])
  }

  @Test func `a serving process is live, and names itself`() throws {
    let response = try ask(try monitor(), "/health/live")
    let members = try response.members()
    #expect(response.status == 200)
    #expect(members["process"] as? String == "scripted" && members["pid"] as? Int == Int(getpid()))
    #expect(members["version"] as? String == Version.current)
    #expect((members["build"] as? String)?.wholeMatch(of: /[0-9a-f]{12}/) != nil)
  }

  @Test func `a process is ready if every check succeeds`() throws {
    let monitor = try monitor(
      ReadinessCheck("one") { () throws(StorageError) in },
      ReadinessCheck("two") { () throws(StorageError) in }
    )
    let response = try ask(monitor, "/health/ready")
    #expect(response.status == 200 && response.values("Cache-Control") == ["no-store"])
    #expect(try response.members()["version"] as? String == Version.current)
    #expect(try parts(response) == ["one": "ok", "two": "ok"])
  }

  @Test func `a remark leaves a process ready, and a failure has none`() throws {
    let monitor = try monitor(
      ReadinessCheck("one", remark: { "its successor is late" }) { () throws(StorageError) in },
      ReadinessCheck("two", remark: { nil }) { () throws(StorageError) in }
    )
    let response = try ask(monitor, "/health/ready")
    #expect(response.status == 200)
    #expect(try parts(response) == ["one": "ok, but its successor is late", "two": "ok"])
    let broken = try self.monitor(
      ReadinessCheck("one", remark: { "unseen" }) { () throws(StorageError) in throw .unavailable(detail: "gone") }
    )
    #expect(try parts(try ask(broken, "/health/ready")) == ["one": "gone"])
  }

  @Test func `all failed checks are named`() throws {
    let monitor = try monitor(
      ReadinessCheck("one") { () throws(StorageError) in },
      ReadinessCheck("two") { () throws(StorageError) in throw .unavailable(detail: "gone fishing") }
    )
    let response = try ask(monitor, "/health/ready")
    #expect(response.status == 503)
    #expect(try parts(response) == ["one": "ok", "two": "gone fishing"])
  }

  @Test func `a check that hangs counts as failed, and delays nobody for long`() throws {
    let release = DispatchSemaphore(value: 0)
    defer { release.signal() }
    let monitor = try monitor(ReadinessCheck("slow") { () throws(StorageError) in release.wait() })
    let start = ContinuousClock.now
    for _ in 0..<2 {
      let response = try ask(monitor, "/health/ready")
      #expect(response.status == 503)
      #expect(try parts(response) == ["slow": "does not answer"])
    }
    #expect(ContinuousClock.now - start < .seconds(15))
  }

  @Test func `many simultaneous requests run a check once`() throws {
    let looks = Mutex(0)
    let monitor = try monitor(ReadinessCheck("one") { () throws(StorageError) in looks.withLock { $0 += 1 } })
    let start = ContinuousClock.now
    for _ in 0..<200 { _ = try ask(monitor, "/health/ready") }
    let seconds = Int((ContinuousClock.now - start) / .seconds(1))
    #expect(looks.withLock { $0 } <= seconds + 1)
  }

  @Test func `a recovered dependency is ready again after a second`() throws {
    let isAway = Mutex(true)
    let monitor = try monitor(
      ReadinessCheck("one") { () throws(StorageError) in
        if isAway.withLock({ $0 }) { throw .unavailable(detail: "away") }
      }
    )
    #expect(try ask(monitor, "/health/ready").status == 503)
    isAway.withLock { $0 = false }
    usleep(1_100_000)
    #expect(try ask(monitor, "/health/ready").status == 200)
  }

  @Test func `other paths go to the handler, and other methods are refused`() throws {
    let monitor = try monitor()
    for path in ["/", "/health", "/health/ready/", "/metrics/", "/v1/files", "/Metrics"] {
      #expect(monitor.answer(Request(method: "GET", path: path)) == nil)
    }
    #expect(try ask(monitor, "/metrics", method: "POST").status == 405)
    #expect(try ask(monitor, "/metrics", method: "HEAD").status == 200)
  }

  @Test func `requests are counted by method and class, and unknown methods under one name`() throws {
    let pipeline = try Scripted.pipeline { request in
      if request.path == "/missing" { throw StorageError.notFound }
      if request.path == "/broken" { throw StorageError.unexpected(detail: "broken") }
      return .json(["answer": 42])
    }
    let monitor = Monitor(pipeline.app, process: "scripted", checks: [])
    for (method, path) in [("GET", "/"), ("GET", "/"), ("GET", "/missing"), ("POST", "/broken"), ("BREW", "/")] {
      _ = pipeline.answer(Request(method: method, path: path))
    }
    let scrape = try Scrape(try ask(monitor, "/metrics").text)
    #expect(scrape.value("stowage_requests_total", ["method": "GET", "status": "2xx"]) == 2)
    #expect(scrape.value("stowage_requests_total", ["method": "GET", "status": "4xx"]) == 1)
    #expect(scrape.value("stowage_requests_total", ["method": "POST", "status": "5xx"]) == 1)
    #expect(scrape.value("stowage_requests_total", ["method": "other", "status": "2xx"]) == 1)
    #expect(scrape.sum("stowage_requests_total") == 5)
    #expect(scrape.value("stowage_request_seconds_count") == 5)
    #expect(scrape.value("stowage_requests_in_flight") == 0)
    #expect(scrape.samples.keys.contains { $0.name == "stowage_build_info" && $0.labels["process"] == "scripted" })
    #expect(scrape.samples.keys.contains { $0.labels["version"] == Version.current })
  }

  @Test func `a database whose file was deleted is not ready`() throws {
    let folder = try ScratchFolder()
    let path = folder.file("stowage.sqlite")
    var settings = try Scripted.pipeline().app.settings
    settings.database = .sqlite(path: path)
    let app = Application(settings: settings, log: try Scripted.pipeline().app.log)
    _ = try app.database
    #expect(throws: Never.self) { try ReadinessCheck.database(of: app).check() }
    try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
    let monitor = Monitor(app, process: "scripted", checks: [.database(of: app), .decoder(of: app)])
    let found = try parts(try ask(monitor, "/health/ready"))
    #expect(found["database"]?.contains("not there any more") == true)
    #expect(found["decoder"] != nil)
  }
}
