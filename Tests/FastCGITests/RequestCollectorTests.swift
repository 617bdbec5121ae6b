import TestSupport
import Testing

@testable import FastCGI

@Suite struct RequestCollectorTests {
  private func feed(_ bytes: [UInt8], bodyLimit: Int = 100) -> RequestCollector.Progress {
    var collector = RequestCollector(limits: Limits(bodyBytes: bodyLimit))
    return bytes.withUnsafeBytes { collector.take($0) }
  }

  @Test func `lengths whose sum overflows are malformed`() {
    let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    let bytes =
      FastCGIRecords.begin() + FastCGIRecords.record(4, huge + huge + [1, 2, 3]) + FastCGIRecords.record(4, [])
    #expect(feed(bytes) == .malformed)
  }

  @Test func `a truncated name is malformed`() {
    #expect(feed(FastCGIRecords.begin() + FastCGIRecords.record(4, [200]) + FastCGIRecords.record(4, [])) == .malformed)
    #expect(
      feed(FastCGIRecords.begin() + FastCGIRecords.record(4, [3, 0, 65]) + FastCGIRecords.record(4, [])) == .malformed
    )
  }

  @Test func `an unexpected role, version, request ID or order is malformed`() {
    #expect(feed(FastCGIRecords.begin(role: 2)) == .malformed)
    #expect(feed([2] + FastCGIRecords.begin().dropFirst()) == .malformed)
    #expect(feed(FastCGIRecords.record(1, [0, 1, 0, 0, 0, 0, 0, 0], id: 0)) == .malformed)
    #expect(feed(FastCGIRecords.begin() + FastCGIRecords.record(4, [], id: 2)) == .malformed)
    #expect(feed(FastCGIRecords.begin() + FastCGIRecords.record(5, [])) == .malformed)
    #expect(feed(FastCGIRecords.head("/") + FastCGIRecords.begin()) == .malformed)
    #expect(feed(FastCGIRecords.record(9, [])) == .malformed)
  }

  @Test func `endless parameters are malformed once over the limit`() {
    let block = FastCGIRecords.record(4, [UInt8](repeating: 65, count: 65_535))
    #expect(feed(FastCGIRecords.begin() + block) == .incomplete)
    #expect(feed(FastCGIRecords.begin() + block + block) == .incomplete)
    #expect(feed(FastCGIRecords.begin() + block + block + block) == .malformed)
  }

  @Test func `every prefix of a request is incomplete, and byte by byte it becomes complete`() {
    let bytes = FastCGIRecords.whole("/a", body: [1, 2, 3])
    var collector = RequestCollector(limits: Limits(bodyBytes: 3))
    for byte in bytes.dropLast() {
      #expect([byte].withUnsafeBytes { collector.take($0) } == .incomplete)
    }
    #expect(bytes.suffix(1).withUnsafeBytes { collector.take($0) } == .complete)
    #expect(collector.bodyBytes == 3)
    let kept = FastCGIRecords.begin() + FastCGIRecords.record(4, []) + FastCGIRecords.record(5, [1, 2, 3])
    #expect(collector.bytes == kept + FastCGIRecords.record(5, []))
    #expect(Parameters(block: collector.parameters)["DOCUMENT_URI"] == "/a")
  }

  @Test func `a refused request keeps its parameters and loses its body`() {
    var collector = RequestCollector(limits: Limits(bodyBytes: 3))
    let bytes = FastCGIRecords.head("/a", length: "4") + FastCGIRecords.record(5, [1, 2, 3, 4])
    #expect(bytes.withUnsafeBytes { collector.take($0) } == .refused(status: 413))
    #expect(
      collector.bytes
        == FastCGIRecords.begin() + FastCGIRecords.record(4, []) + FastCGIRecords.record(5, [])
    )
    #expect(Parameters(block: collector.parameters)["DOCUMENT_URI"] == "/a")
  }

  @Test func `parameters in records of any size, with padding, are read as one block`() {
    let block =
      FastCGIRecords.pair("DOCUMENT_URI", "/b") + FastCGIRecords.pair("HTTP_X", "1")
      + FastCGIRecords.pair("HTTP_X", "2") + FastCGIRecords.pair("HTTP_COOKIE", "a=1")
      + FastCGIRecords.pair("EMPTY", "")
      + FastCGIRecords.pair("HTTP_COOKIE", "b=2") + FastCGIRecords.pair("ONE", "1") + FastCGIRecords.pair("ONE", "2")
    for size in 1...block.count {
      var bytes = FastCGIRecords.begin()
      for start in stride(from: 0, to: block.count, by: size) {
        let content = Array(block[start..<min(start + size, block.count)])
        bytes += [1, 4, 0, 1, 0, UInt8(content.count), 3, 0] + content + [9, 9, 9]
      }
      bytes += FastCGIRecords.record(4, []) + FastCGIRecords.record(5, [])
      var collector = RequestCollector(limits: Limits(bodyBytes: 3))
      #expect(bytes.withUnsafeBytes { collector.take($0) } == .complete)
      let parameters = Parameters(block: collector.parameters)
      #expect(parameters["DOCUMENT_URI"] == "/b" && parameters["HTTP_X"] == "1, 2" && parameters["ONE"] == "2")
      #expect(parameters["HTTP_COOKIE"] == "a=1; b=2" && parameters["EMPTY"] == "" && parameters["ABSENT"] == nil)
    }
  }

  @Test func `a zero byte ends a value, and hides a parameter if it is in the name`() {
    let block =
      FastCGIRecords.pair("A", "x\0y") + FastCGIRecords.pair("B\0", "1") + FastCGIRecords.pair("C=D", "1")
      + FastCGIRecords.pair("E", "=\0")
    let parameters = Parameters(block: block)
    #expect(parameters["A"] == "x" && parameters.bytes(of: "A") == [120] && parameters["E"] == "=")
    for name in ["B", "B\0", "C", "C=D"] { #expect(parameters[name] == nil, "\(name)") }
  }

  @Test(arguments: ["-1", "+1", " 1", "1a", "9999999999999999999", "0x1"])
  func `a length that is not a number is refused`(_ length: String) {
    #expect(feed(FastCGIRecords.head("/", length: length)) == .refused(status: 400))
  }

  @Test func `two lengths that differ are refused`() {
    let block = FastCGIRecords.pair("CONTENT_LENGTH", "1") + FastCGIRecords.pair("CONTENT_LENGTH", "2")
    #expect(
      feed(FastCGIRecords.begin() + FastCGIRecords.record(4, block) + FastCGIRecords.record(4, []))
        == .refused(status: 400)
    )
  }

  @Test func `a length over the limit is refused before any of the body arrives`() {
    #expect(feed(FastCGIRecords.head("/", length: "100")) == .incomplete)
    #expect(feed(FastCGIRecords.head("/", length: "101")) == .refused(status: 413))
  }

  @Test func `a wrong length is refused`() {
    #expect(feed(FastCGIRecords.whole("/", body: [1, 2], length: "1")) == .refused(status: 400))
    #expect(feed(FastCGIRecords.whole("/", body: [1, 2], length: "3")) == .refused(status: 400))
    #expect(
      feed(FastCGIRecords.head("/") + FastCGIRecords.record(5, [1]) + FastCGIRecords.record(5, []))
        == .refused(status: 411)
    )
    #expect(
      feed(FastCGIRecords.head("/") + FastCGIRecords.record(5, [UInt8](repeating: 1, count: 101)))
        == .refused(status: 413)
    )
  }

  @Test func `damaged bytes never cause a crash`() {
    var generator = Seeded("broken records")
    let whole = FastCGIRecords.whole("/path", body: [1, 2, 3, 4])
    for _ in 0..<3_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = feed(bytes)
    }
    #expect(feed(whole) == .complete)
  }
}
