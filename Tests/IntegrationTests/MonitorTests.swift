import Core
import FastCGI
import Foundation
import HTTP
import TestSupport
import Testing

/// Suites that restart processes or read their counters run one after the other.
@Suite(.enabled(if: isRunning, howToRun), .serialized) struct OperatingTests {}

extension OperatingTests {
  /// Health and metrics of the running system, as a scraper on its machine sees them.
  @Suite struct MonitorTests {
    private let monitoring: Monitoring
    private var stack: Stack { monitoring.stack }

    init() throws { monitoring = try Monitoring() }

    @Test(.needsTheWholeSystem, arguments: ProcessName.allCases.map(\.rawValue))
    func `every process is live and ready, and has metrics`(_ process: String) throws {
      let life = try monitoring.health(process, "live")
      #expect(life.status == 200 && life.members["process"] as? String == process)
      let readiness = try monitoring.health(process, "ready")
      #expect(readiness.status == 200 && readiness.members["status"] as? String == "ready", "\(readiness.members)")
      let scrape = try monitoring.scrape(process)
      #expect(scrape.samples.keys.contains { $0.name == "stowage_build_info" && $0.labels["process"] == process })
      for name in [
        "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds", "process_cpu_seconds_total",
        "stowage_threads", "stowage_connections_open", "stowage_connections_total",
      ] {
        #expect(try #require(scrape.value(name), "\(name)") > 0, "\(name)")
      }
      for name in ["stowage_requests_waiting", "stowage_requests_refused_total", "stowage_accept_failures_total"] {
        #expect(scrape.value(name) != nil, "\(name)")
      }
    }

    @Test func `a request is counted once, by method and class`() throws {
      let labels = ["method": "PATCH", "status": "4xx"]
      let before = try #require(try monitoring.scrape("files").value("stowage_requests_total", labels))
      for _ in 0..<3 { _ = try stack.send("PATCH", "/v1/files/none", body: []) }
      let after = try monitoring.scrape("files")
      #expect(after.value("stowage_requests_total", labels) == before + 3)
      let count = try #require(after.value("stowage_request_seconds_count"))
      #expect(count >= after.sum("stowage_requests_total") - 32)
    }

    @Test func `an upload is counted among the worker's jobs`() throws {
      let outcome = ["kind": "process", "outcome": "ready"]
      let before = try monitoring.scrape("worker")
      let file = try stack.upload(Photo.jpeg(width: 64, height: 48))
      #expect(file.state == "ready")
      // The file is ready before its job is settled and counted.
      var after = before
      for _ in 0..<200
      where (after.value("stowage_jobs_total", outcome) ?? 0) <= (before.value("stowage_jobs_total", outcome) ?? 0) {
        usleep(50_000)
        after = try monitoring.scrape("worker")
      }
      #expect((after.value("stowage_jobs_total", outcome) ?? 0) > (before.value("stowage_jobs_total", outcome) ?? 0))
      #expect(try #require(after.value("stowage_job_seconds_sum", ["kind": "process"])) > 0)
      for name in ["queued", "leased", "run_out", "failed", "postponed", "oldest_due_seconds"] {
        #expect(after.value("stowage_jobs_\(name)", ["kind": "process"]) != nil, "\(name)")
      }
      for name in ["stowage_sweeps_total", "stowage_sweep_found_total", "stowage_leases_lost_total"] {
        #expect(after.value(name) != nil, "\(name)")
      }
    }

    @Test func `a worker has a separate socket too, named by its process ID`() throws {
      let pid = try stack.processID("worker")
      let life = try monitoring.health("worker.\(pid)", "live")
      #expect(life.status == 200 && life.members["pid"] as? Int == Int(pid))
    }

    @Test(arguments: [
      "/metrics", "/health/live", "/health/ready", "/files/metrics", "/worker/health/ready", "/v1/../metrics",
      "/v1/files/../../metrics", "/images/../metrics", "/v1/files/%2e%2e/%2e%2e/metrics", "/files/../health/live",
    ]) func `the public site exposes no health or metrics`(path: String) throws {
      let answer = try run(
        "curl",
        [
          "-s", "--noproxy", "*", "--path-as-is", "--cacert", try #require(stack.environment["STOWAGE_CA"]), "-w",
          "\n%{http_code}", stack.url + path,
        ]
      )
      let text = String(decoding: answer, as: UTF8.self)
      #expect(text.hasSuffix("\n404") && !text.contains("process_"), "\(text)")
    }

    @Test(arguments: [
      "/metrics", "/nobody/metrics", "/files/metrics/", "/files/v1/files", "/../files.sock/metrics", "/clamd/metrics",
    ])
    func `the loopback listener exposes nothing else`(path: String) throws {
      #expect([404, 400, 502, 504].contains(try monitoring.status(path)))
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func `of several workers the last one started has the shared name, and another takes it when that one ends`(
      signal: Int32
    ) throws {
      func worker(in folder: ScratchFolder) throws -> PrivateProcess {
        try PrivateProcess("worker", in: folder) { "worker.\($0).sock" }
      }
      let folder = try ScratchFolder()
      func holder() -> Int32? { try? Client(socket: folder.file("worker.sock")).get("/health/live").listener }
      func expectHolder(_ pid: Int32) {
        for _ in 0..<1000 where holder() != pid { usleep(10_000) }
        #expect(holder() == pid)
      }
      let first = try worker(in: folder)
      expectHolder(first.pid)
      let second = try worker(in: folder)
      expectHolder(second.pid)
      #expect(try Client(socket: first.socket).get("/metrics").status == 200)
      second.end(by: signal)
      expectHolder(first.pid)
      let third = try worker(in: folder)
      expectHolder(third.pid)
      let sockets = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".sock") }
      let expected = ["worker.\(first.pid).sock", "worker.\(third.pid).sock", "worker.sock"]
      #expect(sockets.sorted() == expected.sorted(), "a killed worker's socket is cleared away")
    }

    @Test func `a stopped store makes processes not ready, and the check is named`() throws {
      let store = try ScriptedServer(.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
      let image = try PrivateProcess("image", ["STOWAGE_S3_URL": store.url])
      #expect(try image.readiness().status == 200)
      store.stop()
      usleep(1_100_000)
      let after = try image.readiness()
      #expect(after.status == 503 && after.parts["database"] == "ok")
      #expect(after.parts["store"].map { $0 != "ok" && !$0.isEmpty } == true)
    }

    @Test func `a missing database makes processes not ready, and the check is named`() throws {
      let files = try PrivateProcess("files")
      #expect(try files.readiness().status == 200)
      let path = files.folder.file("stowage.sqlite")
      try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
      usleep(1_100_000)
      let after = try files.readiness()
      #expect(after.status == 503 && after.parts["database"]?.contains("not there any more") == true)
    }
  }
}
