import Foundation
import HTTP
import TestSupport
import Testing

/// The examples of docs/uploading.md, run as they are printed there.
@Suite(.enabled(if: isRunning, howToRun), .serialized) struct UploadExampleTests {
  private struct Page: Decodable {
    let result: String
    let console: [String]
  }

  private let stack: Stack
  private let folder: ScratchFolder
  private let user = "example-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    folder = try ScratchFolder()
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
    try folder.write(try Photo.jpeg(width: 800, height: 600), to: "photo.jpg")
    try folder.write(try Photo.image("png", width: 1720, height: 1290), to: "large.png")
  }

  /// Returns the block of code behind a heading.
  private func example(_ heading: String, _ language: String) throws -> String {
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/uploading.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let section = try #require(text.split(separator: "\n### \(heading)\n").last)
    let body = try #require(section.split(separator: "```\(language)\n").dropFirst().first)
    return String(try #require(body.split(separator: "\n```\n").first)) + "\n"
  }

  private func use(_ program: String, _ arguments: [String], _ more: [String: String] = [:]) throws -> [String] {
    let environment = ["STOWAGE_TOKEN": token, "PYTHONDONTWRITEBYTECODE": "1"].merging(more) { $1 }
    let output = try run(program, arguments, in: folder.path, environment: environment)
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func records() throws -> [Stack.File] {
    struct List: Decodable { let files: [Stack.File] }
    let list: List = try Stack.decode(
      stack.send("GET", "/v1/files", headers: [("Authorization", "Bearer \(token)")]),
      status: 200
    )
    return list.files
  }

  /// Expects one ready file for each name, with the bytes of the file of this name.
  private func expectReady(_ names: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let files = try records()
    #expect(files.map(\.filename).sorted() == names.sorted(), sourceLocation: sourceLocation)
    for file in files {
      let size = try Int64(folder.bytes(file.filename).count)
      #expect(file.state == "ready" && file.size == size, sourceLocation: sourceLocation)
    }
  }

  @Test func `the form sends a file, and shows why one was refused`() throws {
    try folder.write(Array("<p>no photo".utf8), to: "wrong.jpg")
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/example.py")
    let python = try #require(stack.environment["STOWAGE_PYTHON"])
    for (name, start) in [("photo.jpg", "Ready: "), ("wrong.jpg", "The content is not of the type")] {
      let output = try run(python, [script.path, folder.file(name), "form"], in: folder.path)
      let page = try JSONDecoder().decode(Page.self, from: output)
      #expect(page.result.hasPrefix(start) && page.console == [], "\(page)")
    }
  }

  @Test func `curl sends a photo, a file in parts, and the parts that are missing`() throws {
    try folder.write(Array(try example("curl", "sh").utf8), to: "example.sh")
    #expect(try use("bash", ["example.sh"]).last == "ready")
    try expectReady(["photo.jpg"])
    let large = Array(try example("curl", "sh").replacing("file=photo.jpg", with: "file=large.png").utf8)
    try folder.write(large, to: "large.sh")
    let lines = try use("bash", ["large.sh"])
    #expect(lines.dropFirst().first == "part 1" && lines.last == "ready")
    try expectReady(["photo.jpg", "large.png"])
    // A file of which the bucket has a part already.
    try folder.write(try folder.bytes("large.png"), to: "again.png")
    let bytes = try folder.bytes("again.png")
    let claim = #"{"filename":"again.png","size":\#(bytes.count),"contentType":"image/png"}"#
    let ticket: Ticket = try Stack.decode(ask("POST", "/v1/uploads", claim), status: 201)
    let path = "/v1/uploads/\(ticket.fileId)/parts"
    let signed: Parts = try Stack.decode(ask("POST", path, #"{"numbers":[1]}"#), status: 200)
    let part = try #require(signed.parts.first)
    let headers = part.headers.map { (name: $0.key, value: $0.value) }
    let stored = try stack.send("PUT", part.url, headers: headers, body: Array(bytes.prefix(part.size)))
    #expect(stored.head.status == 200)
    let again = String(decoding: large, as: UTF8.self).replacing("large.png", with: "again.png")
    try folder.write(Array(again.utf8), to: "again.sh")
    let rest = try use("bash", ["again.sh"], ["id": ticket.fileId])
    #expect(rest.first == "part 2" && rest.last == "ready")
    try expectReady(["photo.jpg", "large.png", "again.png"])
  }

  private struct Ticket: Decodable { let fileId: String }

  private struct Parts: Decodable {
    struct Part: Decodable {
      let url: String
      let headers: [String: String]
      let size: Int
    }
    let parts: [Part]
  }

  private func ask(_ method: String, _ path: String, _ json: String) throws -> HTTPResponse {
    let headers = [(name: "Authorization", value: "Bearer \(token)"), ("Content-Type", "application/json")]
    return try stack.send(method, path, headers: headers, body: Array(json.utf8))
  }

  @Test func `Python's requests sends a photo and a file in parts, and names a refusal`() throws {
    try folder.write(Array(try example("Python with requests", "python").utf8), to: "example.py")
    let python = try #require(stack.environment["STOWAGE_PYTHON"])
    for name in ["photo.jpg", "large.png"] { #expect(try use(python, ["example.py", name]) == ["ready "]) }
    try expectReady(["photo.jpg", "large.png"])
    try folder.write(Array("words".utf8), to: "notes.txt")
    #expect(throws: Unexpected.self) { try use(python, ["example.py", "notes.txt"]) }
  }

  @Test func `the client inside boto3 sends a presigned PUT`() throws {
    try folder.write(Array(try example("Python with boto3", "python").utf8), to: "example.py")
    let python = try #require(stack.environment["STOWAGE_PYTHON"])
    let lines = try use(python, ["example.py", "photo.jpg"])
    let words = try #require(lines.first).split(separator: " ")
    #expect(words.first == "200")
    let end = Date.now + 60
    while try records().first?.state != "ready", Date.now < end { usleep(100_000) }
    try expectReady(["photo.jpg"])
  }
}
