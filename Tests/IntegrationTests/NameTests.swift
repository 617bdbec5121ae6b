import Core
import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

/// File names that break careless programs, through the API, the bucket and the logs of the running system.
@Suite(.enabled(if: isRunning, howToRun)) struct NameTests {
  private let stack: Stack
  private let user = "names-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  /// Claims a file of this name, expects the same name in its record, and aborts the upload.
  @Sendable private func expectKept(_ name: String) throws {
    let claim: [String: Any] = ["filename": name, "size": 1000, "contentType": "application/pdf"]
    let json = String(decoding: try JSONSerialization.data(withJSONObject: claim), as: UTF8.self)
    let answer = try stack.claim(json, token: token)
    let shown = name.debugDescription
    guard !HostileNames.isRefused(name) else {
      #expect(answer.head.status == 400, "\(shown)")
      let problem = try Stack.problem(answer)
      #expect(problem.code == "invalid_request" && problem.detail?.hasPrefix("filename: must ") == true, "\(shown)")
      return
    }
    let ticket: Stack.Ticket = try Stack.decode(answer, status: 201)
    let address = ticket.put.url.split(separator: "?")[0]
    #expect(address.hasSuffix("/uploads-raw/\(user)/\(ticket.fileId)/original.pdf"), "\(shown)")
    let stored = try #require(ticket.put.headers["x-amz-meta-original-filename"])
    #expect(stored.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "\(shown)")
    #expect(stored.percentDecodedBytes == Array(HostileNames.stored(name).utf8), "\(shown)")
    let record = try stack.file(ticket.fileId, token: token)
    #expect(Array(record.filename.utf8) == Array(HostileNames.stored(name).utf8), "\(shown)")
    #expect(try stack.ask("DELETE", ticket.fileId, token: token).head.status == 204)
  }

  @Test func `every name is refused for a general reason, or comes back byte for byte`() throws {
    let marks = try logMarks()
    let names = try HostileNames.own + (HostileNames.corpus() ?? [])
    _ = try concurrently(4) { [self] number in
      for index in stride(from: number, to: names.count, by: 4) { try expectKept(names[index]) }
    }
    #expect(names.contains(where: HostileNames.isRefused) && !names.allSatisfy(HostileNames.isRefused))
    try expectNoName(of: names, inLogsSince: marks)
  }

  @Test(.enabled(if: (try? HostileNames.corpus()) != nil, "STOWAGE_CORPORA is not set"))
  func `the corpus is complete`() throws {
    #expect(try HostileNames.corpus()?.count == 515)
  }

  @Test func `uploads with such names have keys in Stowage's form, and become ready`() throws {
    let marks = try logMarks()
    let names = HostileNames.own.filter { !HostileNames.isRefused($0) }.map(HostileNames.stored)
    let files = try concurrently(names.count) { [stack, token] number in
      let bytes = Document.pdf(comment: UUID().uuidString)
      let ticket = try stack.ticket(names[number], type: "application/pdf", size: bytes.count, token: token)
      #expect(try stack.put(bytes, ticket).head.status == 200)
      return ticket.fileId
    }
    let end = Date.now + 120
    for (file, name) in zip(files, names) {
      while try stack.file(file, token: token).state != "ready", Date.now < end { usleep(100_000) }
      let record = try stack.file(file, token: token)
      #expect(record.state == "ready" && Array(record.filename.utf8) == Array(name.utf8), "\(name.debugDescription)")
    }
    let store = try BucketView(stack).store
    let keys = try store.listVersions("uploads-raw", prefix: "\(user)/", after: nil, limit: 1000).items.map(\.key)
    #expect(keys.sorted() == files.map { "\(user)/\($0)/original.pdf" }.sorted())
    for (key, name) in zip(files.map { "\(user)/\($0)/original.pdf" }, names) {
      let stored = try store.head(key, in: "uploads-raw").metadata["original-filename"]
      #expect(stored?.percentDecodedBytes == Array(name.utf8), "\(name.debugDescription)")
    }
    for (file, name) in zip(files, names) {
      let bytes = try stack.download(file, token: token)
      #expect(
        bytes.head["Content-Disposition"]
          == ContentDisposition(named: UploadType.checked(.pdf).savedName(name)).description
      )
    }
    try expectNoName(of: names, inLogsSince: marks)
  }

  // MARK: Logs

  /// Returns the length of each log.
  private func logMarks() throws -> [String: Int] {
    var marks: [String: Int] = [:]
    for folder in ["logs", "nginx/logs"].map({ stack.folder.appending(path: $0) }) {
      for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasSuffix(".log") {
        let path = folder.appending(path: file).path
        marks[path] = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      }
    }
    #expect(marks.count > 5)
    return marks
  }

  /// Expects no name in the logs since then, neither raw nor within JSON.
  ///
  /// Names of one plain word are left out, because such words occur in every log.
  private func expectNoName(of names: [String], inLogsSince marks: [String: Int]) throws {
    let script = """
      import json, re, sys
      asked = json.load(sys.stdin)
      names = [name for name in asked["names"] if len(name) > 5 and not re.fullmatch(r"[A-Za-z0-9._ /:-]*", name)]
      assert len(names) > 20, len(names)
      def texts(value):
          if isinstance(value, dict):
              for item in value.items(): yield from texts(list(item))
          elif isinstance(value, list):
              for item in value: yield from texts(item)
          elif isinstance(value, str): yield value
      for path, mark in asked["marks"].items():
          with open(path, "rb") as file:
              file.seek(mark)
              data = file.read()
          said = [data.decode("utf-8", "replace")]
          for line in data.splitlines():
              try: said.append("\\0".join(texts(json.loads(line))))
              except ValueError: pass
          whole = "\\0".join(said)
          for name in names:
              if name in whole: print(path, ascii(name))
      """
    let folder = try ScratchFolder()
    let question = try folder.write(
      Array(JSONSerialization.data(withJSONObject: ["names": names, "marks": marks])),
      to: "question.json"
    )
    let found = try run("sh", ["-c", "python3 -c \"$0\" < \"$1\"", script, question])
    #expect(String(decoding: found, as: UTF8.self) == "")
  }
}
