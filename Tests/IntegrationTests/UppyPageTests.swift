import Foundation
import TestSupport
import Testing

/// Pages in Debian's Chromium that upload as versions of Uppy do, in both ways that these support.
///
/// Neither Debian nor PyPI has Uppy, so browser/uppy-calls.js sends the same requests.
@Suite(.enabled(if: isRunning, howToRun), .serialized) struct UppyPageTests {
  private struct Case: Encodable {
    enum Way: String, Encodable { case companion, options }

    var way: Way
    var version = 5
    var page: String
    var cookie: String?
    var cookies = "same-origin"
    var headers: [String: String] = [:]
    var endpoint: String
    var url: String
    var token: String
    var module = "/files/stowage-uppy.js"
    var multipartAbove = 10 << 20
    var aborts = false
    var size = 20_000
    var filename = "\u{C4}ngste & Nöte.pdf"
    var type = "application/pdf"
    var meta: [String: String] = [:]
    var head: String
    var tail: String
  }

  private struct Result: Decodable {
    var error: String?
    var fileId: String?
    var key: String?
    var etag: String?
    var console: [String]

    /// The file's identifier, which every key contains.
    var file: String? { fileId ?? key?.split(separator: "/").dropFirst().first.map(String.init) }
  }

  private let uppy: Uppy
  private let stack: Stack
  private let here: String
  private let elsewhere: String

  init() throws {
    stack = try #require(Stack.current)
    uppy = try Uppy(stack, "page")
    here = stack.url + "/files/"
    elsewhere = here.replacing("//localhost:", with: "//127.0.0.1:")
  }

  private func test(_ way: Case.Way, _ version: Int, from page: String, parts: Bool, cookie: Bool = false) throws
    -> Case
  {
    // The page inserts the blanks, because a long text would make the message to the browser slow.
    let (head, blanks) = ("%PDF-1.4\n%", parts ? 11 << 20 : 20_000)
    let document = Document.pdf(comment: String(repeating: " ", count: blanks) + UUID().uuidString)
    let tail = String(decoding: document.dropFirst(head.utf8.count + blanks), as: UTF8.self)
    return Case(
      way: way,
      version: version,
      page: page,
      cookie: cookie ? uppy.token : nil,
      headers: cookie ? [:] : ["authorization": "Bearer \(uppy.token)"],
      endpoint: stack.url + "/uppy",
      url: stack.url,
      token: uppy.token,
      size: document.count,
      head: head,
      tail: tail
    )
  }

  private func results(_ cases: [Case]) throws -> [Result] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "stowage-uppy-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "cases.json")
    try JSONEncoder().encode(cases).write(to: file)
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/uppy.py")
    let python = try #require(stack.environment["STOWAGE_PYTHON"])
    let output = try run(python, [script.path, file.path, stack.setting("STOWAGE_TOKEN_COOKIE")])
    return try JSONDecoder().decode([Result].self, from: output)
  }

  private func expectArrived(_ result: Result, _ one: Case) throws {
    let what: Comment =
      "\(one.way) of version \(one.version), \(one.size) bytes, \(one.page), cookie: \(one.cookie != nil)"
    #expect(result.error == nil && result.console == [] && result.etag != nil, what)
    guard let id = result.file else { return }
    let file = try uppy.settled(id)
    #expect(file.state == "ready" && file.filename == one.filename && file.size == Int64(one.size), what)
  }

  @Test func `versions 3, 5 and 6 upload through Companion's routes, by form and in parts, with token or cookie`()
    throws
  {
    var cases: [Case] = []
    for parts in [false, true] {
      for page in [here, elsewhere] {
        for version in [3, 5] { cases.append(try test(.companion, version, from: page, parts: parts)) }
      }
      for version in [3, 5, 6] { cases.append(try test(.companion, version, from: here, parts: parts, cookie: true)) }
    }
    for (result, one) in zip(try results(cases), cases) { try expectArrived(result, one) }
    try uppy.expectSettled(objects: cases.count)
  }

  @Test func `the options for versions 3 to 5 upload in one piece and in parts, and abort cancelled uploads`() throws {
    var cases = [
      try test(.options, 5, from: here, parts: false), try test(.options, 5, from: elsewhere, parts: true),
    ]
    cases[0].type = ""
    var cancelled = try test(.options, 5, from: here, parts: true)
    cancelled.aborts = true
    let all = try results(cases + [cancelled])
    for (result, one) in zip(all, cases) { try expectArrived(result, one) }
    let file = try #require(all.last?.fileId)
    #expect(try stack.file(file, token: uppy.token).state == "aborted")
    try uppy.expectSettled(objects: 2)
  }

  @Test func `error messages reach the page`() throws {
    var cases = [try test(.companion, 5, from: here, parts: false), try test(.options, 5, from: here, parts: false)]
    for index in cases.indices {
      cases[index].type = "text/plain"
      cases[index].filename = "notes.txt"
    }
    cases.append(try test(.companion, 5, from: elsewhere, parts: true, cookie: true))
    let errors = try results(cases).map { $0.error ?? "" }
    #expect(errors[0] == "Files of this type are not accepted")
    #expect(errors[1].hasPrefix("Only photos, PDF") && errors[1].count < 90, "\(errors[1])")
    #expect(errors[2].contains("token is needed"), "\(errors[2])")
    try uppy.expectSettled(objects: 0)
  }
}
