import Foundation
import Metrics
import TestSupport
import Testing

@testable import Assembly

@Suite struct NginxLogMeterTests {
  private let registry = Registry()

  private func scrape(_ lines: String...) throws -> Scrape {
    let folder = try ScratchFolder()
    try Data().write(to: URL(filePath: folder.file("log")))
    NginxLogMeter.start(path: folder.file("log"), registry)
    try lines.map { $0 + "\n" }.joined().write(toFile: folder.file("log"), atomically: false, encoding: .utf8)
    return try Scrape(registry.text())
  }

  private func line(_ path: String, bytes: Int = 10, cache: String = "") -> String {
    #"{"time":"t","requestID":"r","address":"a","method":"GET","path":"\#(path)","protocol":"HTTP/2.0","status":200,"#
      + #""bytes":\#(bytes),"seconds":0.1,"cache":"\#(cache)","upstream":"","upstreamStatus":"","limit":""}"#
  }

  @Test func `hits and bytes are counted by result and kind`() throws {
    let scrape = try scrape(
      line("/images/a/b/thumb.webp", bytes: 100, cache: "HIT"),
      line("/private/a", bytes: 7, cache: "MISS"),
      line("/v1/files/1/download", bytes: 1000),
      line("/v1/links/", bytes: 50, cache: "-"),
      line("/v1/files", bytes: 3)
    )
    func requests(_ cache: String) -> Double? { scrape.value("stowage_nginx_requests_total", ["cache": cache]) }
    func bytes(_ kind: String) -> Double? { scrape.value("stowage_nginx_sent_bytes_total", ["kind": kind]) }
    #expect(requests("hit") == 1 && requests("miss") == 1 && requests("none") == 3 && requests("stale") == 0)
    #expect(bytes("image") == 107 && bytes("download") == 1050 && bytes("other") == 3)
    #expect(scrape.value("stowage_nginx_log_readable") == 1)
  }

  @Test func `a client cannot write a result, a size or a label`() throws {
    let scrape = try scrape(
      line(#"/x\",\"cache\":\"HIT\",\"bytes\":999,"#, bytes: 5),
      line("/y", bytes: 5, cache: "EVIL"),
      line("/" + String(repeating: "z", count: 5000), bytes: 5),
      "no JSON",
      "",
      #"{"bytes":1}"#
    )
    #expect(scrape.value("stowage_nginx_requests_total", ["cache": "hit"]) == 0)
    #expect(scrape.value("stowage_nginx_requests_total", ["cache": "none"]) == 3)
    #expect(scrape.sum("stowage_nginx_sent_bytes_total") == 15)
    #expect(scrape.value("stowage_nginx_lines_unread_total") == 3)
    #expect(scrape.samples.keys.count { $0.name == "stowage_nginx_requests_total" } == 8)
  }

  @Test func `absurd sizes are unread lines, and end no process`() throws {
    let scrape = try scrape(
      line("/x", bytes: .max),
      line("/x", bytes: .max),
      line("/x", bytes: -1),
      line("/x", bytes: 5),
      line("/x").replacing("\"bytes\":10", with: "\"bytes\":99999999999999999999")
    )
    #expect(scrape.sum("stowage_nginx_sent_bytes_total") == 5)
    #expect(scrape.value("stowage_nginx_lines_unread_total") == 4)
  }

  @Test func `a log that cannot be opened is a metric`() throws {
    NginxLogMeter.start(path: "/nowhere/access.log", registry)
    #expect(try Scrape(registry.text()).value("stowage_nginx_log_readable") == 0)
  }
}
