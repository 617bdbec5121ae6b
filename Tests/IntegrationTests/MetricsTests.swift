import Core
import FastCGI
import Foundation
import HTTP
import TestSupport
import Testing

extension OperatingTests {
  /// The counters of the running system after something was done.
  @Suite struct MetricsTests {
    private let monitoring: Monitoring
    private var stack: Stack { monitoring.stack }

    init() throws { monitoring = try Monitoring() }

    /// Expects that the series gain at least as much while `body` runs; other tests use the system too.
    private func expectGains(
      _ expected: [(process: String, name: String, labels: [String: String], atLeast: Double)],
      while body: () throws -> Void
    ) throws {
      func values() throws -> [Double] {
        let scrapes = try Dictionary(
          Set(expected.map(\.process)).map { ($0, try monitoring.scrape($0)) },
          uniquingKeysWith: { first, _ in first }
        )
        return expected.map { scrapes[$0.process]?.value($0.name, $0.labels) ?? 0 }
      }
      let before = try values()
      try body()
      var missing: [String] = []
      let end = Date.now + 20
      repeat {
        missing = zip(zip(expected, before), try values()).filter { $1 - $0.1 < $0.0.atLeast }.map {
          "\($0.0): \($0.1), \($1)"
        }
        if missing.isEmpty { return }
        usleep(100_000)
      } while Date.now < end
      #expect(missing.isEmpty, "\(missing)")
    }

    @Test func `an upload, a refused one, an image and a download are counted`() throws {
      let photo = try Photo.jpeg(width: 320, height: 200)
      // A page of another test can show the files of the usual user, and so fill the cache first.
      let user = "metrics-\(UUID().uuidString.lowercased().prefix(8))"
      let token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
      var file: Stack.File?
      try expectGains([
        ("worker", "stowage_uploaded_files_total", [:], 1),
        ("worker", "stowage_uploaded_bytes_total", [:], Double(photo.count)),
        ("worker", "stowage_browser_requests_total", ["operation": "PutObject"], 1),
        ("worker", "stowage_scan_seconds_count", [:], 1),
        ("worker", "stowage_decode_seconds_count", [:], 1),
        ("worker", "stowage_s3_requests_total", ["operation": "GetObject", "outcome": "ok"], 1),
        ("worker", "stowage_s3_requests_total", ["operation": "HeadObject", "outcome": "ok"], 1),
        ("worker", "stowage_s3_requests_total", ["operation": "PutObject", "outcome": "ok"], 3),
        ("worker", "stowage_s3_request_seconds_count", ["operation": "PutObject"], 3),
      ]) { file = try stack.upload(photo, token: token) }
      let ready = try #require(file)
      try #require(ready.state == "ready")
      try expectGains([("worker", "stowage_rejections_total", ["reason": "type_mismatch"], 1)]) { () throws in
        #expect(try stack.upload(Array("no photo at all".utf8)).reason == "type_mismatch")
      }
      try expectGains([
        ("presign", "stowage_claims_refused_total", ["code": "unauthenticated"], 1),
        ("presign", "stowage_claims_refused_total", ["code": "type_not_allowed"], 1),
      ]) { () throws in
        #expect(try stack.send("POST", "/v1/uploads", body: []).head.status == 401)
        #expect(
          try stack.claim(#"{"filename":"a.exe","size":1,"contentType":"application/x-evil"}"#).head.status == 415
        )
      }
      let thumb = try #require(ready.variants.first { $0.name == "thumb" })
      try expectGains([
        ("image", "stowage_nginx_requests_total", ["cache": "miss"], 1),
        ("image", "stowage_nginx_requests_total", ["cache": "hit"], 2),
        ("image", "stowage_served_bytes_total", ["kind": "image"], Double(thumb.size)),
        ("image", "stowage_nginx_sent_bytes_total", ["kind": "image"], Double(3 * thumb.size)),
        ("image", "stowage_s3_requests_total", ["operation": "GetObject", "outcome": "ok"], 1),
      ]) { () throws in
        for result in ["MISS", "HIT", "HIT"] { #expect(try stack.send("GET", thumb.url).head["X-Cache"] == result) }
      }
      try expectGains([
        ("files", "stowage_downloads_total", ["route": "store"], 1),
        ("files", "stowage_served_bytes_total", ["kind": "download"], Double(photo.count)),
      ]) { () throws in #expect(try stack.download(ready.id, token: token).body == photo) }
    }

    @Test(.needsTheWholeSystem) func `promtool finds nothing in the metrics of any process`() throws {
      let folder = try ScratchFolder()
      for process in ProcessName.allCases.map(\.rawValue) {
        let url = "\(try #require(stack.environment["STOWAGE_METRICS_URL"]))/\(process)/metrics"
        let answer = try stack.send("GET", url)
        try Data(answer.body).write(to: URL(filePath: folder.file("scrape")))
        try run("bash", ["-c", "promtool check metrics < \(folder.file("scrape"))"])
      }
      try Data("stowage_things 1\n".utf8).write(to: URL(filePath: folder.file("scrape")))
      #expect(throws: (any Error).self) {
        try run("bash", ["-c", "promtool check metrics < \(folder.file("scrape"))"])
      }
    }

    @Test func `a scrape answers without the database, and says so`() throws {
      let folder = try ScratchFolder()
      let worker = try PrivateProcess("worker", in: folder) { "worker.\($0).sock" }
      func scrape() throws -> Scrape {
        let answer = try Client(socket: worker.socket).get("/metrics", within: .seconds(10))
        #expect(answer.status == 200)
        return try Scrape(String(decoding: answer.body, as: UTF8.self))
      }
      #expect(try scrape().value("stowage_part_ready", ["part": "database"]) == 1)
      let path = folder.file("stowage.sqlite")
      for name in [path, path + "-wal", path + "-shm"] where FileManager.default.fileExists(atPath: name) {
        try FileManager.default.moveItem(atPath: name, toPath: name + ".away")
      }
      usleep(1_100_000)
      #expect(try scrape().value("stowage_part_ready", ["part": "database"]) == 0)
    }

    /// Reads the traffic by day from a database, without any code of the product.
    private func traffic(_ path: String, _ name: String) throws -> [String: Int] {
      let program = """
        import json, sqlite3, sys
        rows = sqlite3.connect(sys.argv[1]).execute("SELECT label, SUM(value) FROM traffic_days WHERE name = ? GROUP BY label", sys.argv[2:])
        print(json.dumps(dict(rows.fetchall())))
        """
      return try JSONDecoder().decode([String: Int].self, from: run("python3", ["-c", program, path, name]))
    }

    @Test func `the traffic by day equals the counters of processes that ended, of two at once and one after them`()
      throws
    {
      let folder = try ScratchFolder()
      let path = folder.file("stowage.sqlite")
      var refused = 0.0
      var heads = 0.0
      func end(_ process: PrivateProcess) throws {
        let answer = try Client(socket: process.socket).get("/metrics", within: .seconds(10))
        let scrape = try Scrape(String(decoding: answer.body, as: UTF8.self))
        refused += scrape.value("stowage_claims_refused_total", ["code": "method_not_allowed"]) ?? 0
        heads += scrape.value("stowage_s3_requests_total", ["operation": "HeadBucket", "outcome": "ok"]) ?? 0
        process.end(by: SIGTERM)
      }
      func claim(_ process: PrivateProcess, times: Int) throws {
        for _ in 0..<times { #expect(try Client(socket: process.socket).get("/v1/uploads").status == 405) }
      }
      let settings = ["STOWAGE_DATABASE_URL": "sqlite:\(path)"]
      let pair = [try PrivateProcess("presign", settings), try PrivateProcess("presign", settings)]
      let image = try PrivateProcess("image", settings)
      #expect(try image.readiness().status == 200)
      try claim(pair[0], times: 30)
      try claim(pair[1], times: 12)
      for process in pair { try end(process) }
      try end(image)
      #expect(refused == 42 && heads >= 1)
      #expect(try traffic(path, "claims_refused") == ["method_not_allowed": 42])
      #expect(try traffic(path, "store_requests") == ["HeadBucket": Int(heads)])
      let again = try PrivateProcess("presign", settings)
      try claim(again, times: 3)
      try end(again)
      #expect(try traffic(path, "claims_refused") == ["method_not_allowed": 45])
    }

    @Test func `a database that is locked delays the end of a process for seconds only`() throws {
      let process = try PrivateProcess("presign")
      #expect(try Client(socket: process.socket).get("/v1/uploads").status == 405)
      let program = """
        import sqlite3, sys, time
        base = sqlite3.connect(sys.argv[1], isolation_level=None)
        base.execute("BEGIN IMMEDIATE")
        print("locked", flush=True)
        time.sleep(30)
        """
      let locker = Process()
      locker.executableURL = URL(filePath: "/usr/bin/python3")
      locker.arguments = ["-c", program, process.folder.file("stowage.sqlite")]
      let output = Pipe()
      locker.standardOutput = output
      try locker.run()
      defer {
        kill(locker.processIdentifier, SIGKILL)
        locker.waitUntilExit()
      }
      #expect(try output.fileHandleForReading.read(upToCount: 6) == Data("locked".utf8))
      let start = ContinuousClock.now
      process.end(by: SIGTERM)
      #expect(ContinuousClock.now - start < .seconds(10))
    }
  }
}
