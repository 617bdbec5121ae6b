import Foundation
import HTTP
import TestSupport
import Testing

@Suite(.enabled(if: isRunning, howToRun), .serialized) struct ImageCacheTests {
  private let stack: Stack
  private let thumb: String

  init() throws {
    stack = try #require(Stack.current)
    let file = try stack.upload(try Photo.jpeg(width: 500, height: 400))
    thumb = try #require(file.variants.first { $0.name == "thumb" }).url
  }

  @Test(.disturbsTheSystem)
  func `nginx answers the second request without the process, even if the process is stopped`() throws {
    #expect(try stack.send("GET", thumb).head["X-Cache"] == "MISS")
    let process = try stack.processID("image")
    kill(process, SIGSTOP)
    defer { kill(process, SIGCONT) }
    let answer = try stack.send("GET", thumb)
    #expect(answer.head.status == 200 && answer.head["X-Cache"] == "HIT" && !answer.body.isEmpty)
    #expect(answer.head["Cache-Control"] == "public, max-age=31536000, immutable")
  }

  @Test func `HEAD first, then GET, returns the whole image`() throws {
    let head = try stack.send("HEAD", thumb)
    #expect(head.head.status == 200 && head.body.isEmpty)
    let answer = try stack.send("GET", thumb)
    #expect(answer.head["X-Cache"] == "HIT")
    #expect(String(answer.body.count) == head.head["Content-Length"] && answer.body.count > 100)
  }

  @Test func `a query string neither reaches the process nor makes another cache entry`() throws {
    _ = try stack.send("GET", thumb)
    #expect(try stack.send("GET", thumb + "?cache=bust").head["X-Cache"] == "HIT")
  }

  @Test func `many simultaneous requests for one uncached image are one request to the process`() throws {
    let answers = try concurrently(40) { [stack, thumb] _ in try stack.send("GET", thumb) }
    #expect(answers.allSatisfy { $0.head.status == 200 })
    #expect(Set(answers.map(\.body)).count == 1)
    #expect(answers.count { $0.head["X-Cache"] == "MISS" } == 1)
  }
}
