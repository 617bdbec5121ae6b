import Foundation
import HTTP
import TestSupport
import Testing

@Suite(.enabled(if: isRunning, howToRun)) struct EventTests {
  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  private func post(_ body: String, source: String = "seaweedfs", token: String? = nil) throws -> HTTPResponse {
    let token = try token ?? #require(stack.environment["STOWAGE_EVENTS_TOKEN"])
    return try stack.send(
      "POST",
      stack.eventsURL.replacing("seaweedfs", with: source),
      headers: [("Authorization", "Bearer \(token)")],
      body: Array(body.utf8)
    )
  }

  private struct Receipt: Decodable {
    struct Ignored: Decodable { var reason: String }
    var accepted: Int
    var ignored: [Ignored]
  }

  private func create(_ key: String, bucket: String = "uploads-raw") -> String {
    #"{"event_type":"create","key":"/buckets/\#(bucket)/\#(key)","message":{"new_entry":{}}}"#
  }

  @Test(arguments: ["", "wrong-token-of-some-length", "x"]) func `a wrong token is refused`(token: String) throws {
    #expect(try post(create("a/b"), token: token).head.status == 401)
  }

  @Test func `broken JSON and an unknown source are refused`() throws {
    #expect(try Stack.problem(post("{")).code == "invalid_request")
    #expect(try post("{}", source: "carrier-pigeon").head.status == 404)
  }

  @Test func `an unknown bucket, a foreign key and an unknown file are ignored, and the response says why`() throws {
    let known = "demo/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/original.jpg"
    for (body, reason) in [
      (create(known, bucket: "elsewhere"), "unknown_bucket"), (create("some/where.txt"), "foreign_key"),
      (create(known), "unknown_file"),
    ] {
      let receipt: Receipt = try Stack.decode(try post(body), status: 200)
      #expect(receipt.accepted == 0 && receipt.ignored.map(\.reason) == [reason])
    }
  }

  @Test func `the same event many times, before and after the check, changes nothing`() throws {
    let photo = try Photo.jpeg(width: 300, height: 300)
    let ticket = try stack.ticket(size: photo.count)
    let event = create("demo/\(ticket.fileId)/original.jpg")
    for _ in 0..<3 { #expect(try post(event).head.status == 200) }
    #expect(try stack.put(photo, ticket).head.status == 200)
    for _ in 0..<3 { #expect(try post(event).head.status == 200) }
    let ready = try stack.settled(ticket.fileId)
    #expect(ready.state == "ready")
    for _ in 0..<3 { #expect(try post(event).head.status == 200) }
    usleep(500_000)
    let after = try stack.file(ticket.fileId)
    #expect(after.state == "ready" && after.variants.map(\.url) == ready.variants.map(\.url))
  }

  @Test func `a message of many records is accepted, and one over a megabyte is not`() throws {
    let record = #"{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"uploads-raw"},"object":{"key":"a"}}}"#
    func message(_ count: Int) -> String {
      #"{"Records":[\#(Array(repeating: record, count: count).joined(separator: ","))]}"#
    }
    let receipt: Receipt = try Stack.decode(post(message(1000), source: "s3"), status: 200)
    #expect(receipt.ignored.count == 1000)
    #expect(try post(message(12_000), source: "s3").head.status == 413)
  }

  @Test func `the public site accepts no events`() throws {
    let answer = try stack.send("POST", "/events/seaweedfs", body: Array("{}".utf8))
    #expect(answer.head.status == 404)
  }
}
