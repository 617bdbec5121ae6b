import Foundation
import HTTP
import TestSupport
import Testing

/// Another user's file must get the same response as an unknown one: on every route of web/openapi.yaml and in every
/// state.
@Suite(.enabled(if: isRunning, howToRun)) struct ForeignFileTests {
  /// A response without the members that differ between requests: the time, the request ID, and the header that tells
  /// whether nginx keeps the connection open.
  private struct Answer: Hashable, CustomStringConvertible {
    let status: Int
    let headers: [String]
    let body: String
    private static let incidental: Set = ["date", "x-request-id", "x-cache", "connection", "keep-alive"]
    var description: String { "\(status) \(headers) \(body)" }

    init(_ answer: HTTPResponse) {
      status = answer.head.status
      headers = answer.head.headers.filter { !Self.incidental.contains($0.name.lowercased()) }
        .map { "\($0.name.lowercased()): \($0.value)" }.sorted()
      body = String(decoding: answer.body, as: UTF8.self)
        .replacing(/"requestId":"[^"]*"/, with: "\"requestId\":\"\"")
    }
  }

  private static let states = [
    "pending", "received", "ready", "rejected", "expired", "aborted", "deleted", "purging", "purged",
  ]
  private let stack: Stack
  private let rows: DatabaseRows
  private let owner = "owner-\(UUID().uuidString.lowercased())"
  private let stranger = "stranger-\(UUID().uuidString.lowercased())"
  private let routes: [OpenAPIDocument.Route]

  init() throws {
    stack = try #require(Stack.current)
    rows = try DatabaseRows(stack)
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
    routes = try OpenAPIDocument(in: root).routes.filter {
      $0.path.contains("{fileId}") || $0.path.contains("{uploadId}")
    }
  }

  private func token(_ user: String) throws -> String {
    try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  private static func unknown() -> String {
    let digits = UUID().uuidString.lowercased()
    return "019a0000-0000-7" + digits.dropFirst(15).prefix(4) + "8" + digits.dropFirst(20)
  }

  /// Returns the response of `route` about the file, with valid other parameters.
  private func ask(_ route: OpenAPIDocument.Route, about file: String, link: String, as token: String) throws -> Answer
  {
    var path = route.path.replacing("{fileId}", with: file).replacing("{uploadId}", with: file)
      .replacing("{userId}", with: owner).replacing("{linkId}", with: link).replacing("{partNumber}", with: "1")
      .replacing("{v}", with: "0123456789ab").replacing("{image}", with: "thumb.webp")
    var queries: [String] = []
    if route.path.contains("{uploadId}") { queries.append("key=\(owner)/\(file)/original.jpg") }
    if route.path.hasSuffix("/batch") { queries.append("partNumbers=1") }
    if !queries.isEmpty { path += "?" + queries.joined(separator: "&") }
    let bodies = [
      "/parts": #"{"numbers":[1]}"#, "/complete": #"{"parts":[{"PartNumber":1,"ETag":"x"}]}"#, "/links": "{}",
    ]
    let body = bodies.first { route.path.hasSuffix($0.key) }?.value ?? #"{"filename":"mine.jpg"}"#
    let hasBody = ["POST", "PATCH"].contains(route.method)
    return Answer(
      try stack.send(
        route.method,
        path,
        headers: [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")],
        body: hasBody ? Array(body.utf8) : nil
      )
    )
  }

  @Test func `a stranger cannot distinguish another's file from an unknown one, on any route, in any state`() throws {
    let mine = try token(owner)
    let bytes = try Photo.jpeg(width: 40, height: 30)
    let ticket = try stack.ticket(size: bytes.count, visibility: "private", token: mine)
    #expect(try stack.put(bytes, ticket).head.status == 200)
    let end = Date.now + 60
    while try stack.file(ticket.fileId, token: mine).state != "ready", Date.now < end { usleep(50_000) }
    try #require(try stack.file(ticket.fileId, token: mine).state == "ready")
    defer { try? rows.forget(owner) }
    #expect(routes.count >= 12)
    let foreign = try token(stranger)
    let expected = try routes.map { try ask($0, about: Self.unknown(), link: Self.unknown(), as: foreign) }
    #expect(expected.allSatisfy { [403, 404].contains($0.status) }, "\(expected)")
    for state in Self.states {
      try rows.place(ticket.fileId, in: state)
      for (route, expected) in zip(routes, expected) {
        let answer = try ask(route, about: ticket.fileId, link: Self.unknown(), as: foreign)
        #expect(answer == expected, "\(route), \(state)")
      }
    }
    try rows.place(ticket.fileId, in: "ready")
    #expect(try stack.file(ticket.fileId, token: mine).filename == "photo.jpg")
  }
}
