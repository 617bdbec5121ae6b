import Foundation
import TestSupport
import Testing

/// Multipart uploads through the browser's module, while the store fails many of its requests.
///
/// They use a separate system, whose store is the system under test behind a proxy that fails requests at random. No
/// event passes the proxy: the sweep finds the uploads.
struct Refusals {
  private struct Report: Decodable {
    struct File: Decodable {
      let state: String
      let sha256: String
      let wanted: String
    }
    let files: [File]
    let backwards: Int
    let seconds: Double
    let audit: Auditor.Report
  }

  private let fixture: FireFixture
  private let count: Int
  private let megabytes: Int
  private let percent: Int

  init(_ fixture: FireFixture, count: Int, megabytes: Int, percent: Int) {
    self.fixture = fixture
    self.count = count
    self.megabytes = megabytes
    self.percent = percent
  }

  func run() throws {
    let url = try fixture.stack.setting("STOWAGE_S3_URL")
    let port = try #require(URL(string: url)?.port)
    let proxy = try FaultyProxy(to: port)
    defer { proxy.stop() }
    let report = try upload(through: proxy)
    let (passed, failed) = proxy.counts
    let lost = failed.values.reduce(0, +)
    print("\(count) uploads of \(megabytes) MB in \(report.seconds) s; \(failed), \(passed) passed")
    #expect(FaultyProxy.Fault.allCases.allSatisfy { failed[$0, default: 0] > 0 })
    #expect(lost * 100 > (passed + lost) * percent * 2 / 3)
    #expect(report.files.count == count)
    #expect(report.files.allSatisfy { $0.state == "ready" && $0.sha256 == $0.wanted })
    #expect(report.backwards == 0)
    #expect(report.audit.violations.isEmpty, "\(report.audit.violations)")
    // A claim that failed in the end has a row too, in state aborted.
    #expect(report.audit.files >= count)
  }

  private func upload(through proxy: FaultyProxy) throws -> Report {
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let root = here.deletingLastPathComponent().deletingLastPathComponent()
    let python = try #require(fixture.stack.environment["STOWAGE_PYTHON"])
    let system = #". script/lib/ports.bash; exec script/server --port "$(free_base 12443)" "$@""#
    let name = UUID().uuidString.lowercased().prefix(8)
    let buckets = ["RAW", "PROCESSED", "BACKUPS", "LOGS"].map {
      ("STOWAGE_BUCKET_\($0)", "faulty-\(name)-\($0.lowercased())")
    }
    let answer = try TestSupport.run(
      "bash",
      [
        "-c", system, "server", "--dir", fixture.stack.folder.appending(path: "faulty-\(name)").path, "--store",
        proxy.url,
        "--configuration", "debug", "--exec", python, "-B", here.appending(path: "browser/refusals.py").path,
        "\(count)", "\(megabytes)", "\(percent)",
      ],
      in: root.path,
      environment: Dictionary(uniqueKeysWithValues: buckets)
    )
    return try JSONDecoder().decode(Report.self, from: answer)
  }
}
