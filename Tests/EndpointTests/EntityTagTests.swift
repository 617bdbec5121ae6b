import Core
import FastCGI
import Testing

@testable import Endpoint

@Suite struct EntityTagTests {
  private let value = ["a": 1]
  private var tag: String { EntityTag(ofRecord: value).description }

  private func answer(_ list: String?, method: String = "GET") throws -> Response {
    let headers = list.map { ["If-None-Match": $0] } ?? [:]
    return try .record(value, for: Request(method: method, path: "/", headers: headers))
  }

  private func holds(_ list: String?, _ header: String = "If-Match", method: String = "PATCH") throws -> Bool {
    let headers = list.map { [header: $0] } ?? [:]
    return try Request(method: method, path: "/", headers: headers).precondition().holds(
      for: EntityTag(ofRecord: value)
    )
  }

  /// Returns the error that `body` throws.
  private func error(_ body: () throws -> Void) -> StorageError? {
    #expect(throws: StorageError.self) { try body() }
  }

  /// Values that are neither `*` nor a list of tags.
  private var malformed: [String] {
    let bare = String(tag.dropFirst().dropLast())
    return [
      "", " ", "\t", ",", " , ,", "x", "\"", bare, "\"\(bare)", "\(bare)\"", "w/\(tag)", "W/", "W/ \(tag)", "W/*", "**",
      "* , \(tag)", "\(tag), *", "*,", ",*", "\(tag) \(tag)", "\(tag)x", "\(tag) rubbish", "\(tag), rubbish",
      "x, \(tag)",
      "\(tag);q=1", "\"a b\"", "\"a\tb\", \(tag)", "\"a\u{7F}\"", "'\(bare)'", "\(tag)\"", "\"\"\(tag)",
    ]
  }

  @Test func `a response has a strong tag, and only its owner's browser may cache it`() throws {
    let response = try answer(nil)
    #expect(response.status == 200 && response.values("ETag") == [tag] && tag.hasPrefix("\"") && tag.utf8.count == 34)
    #expect(response.values("Cache-Control") == ["private, no-cache"] && response.values("Vary") == ["Authorization"])
    #expect(EntityTag(ofRecord: ["a": 2]).description != tag)
  }

  @Test func `a client with the current state gets 304 without a body`() throws {
    for list in [tag, "W/" + tag, "*", "\"other\", \(tag)", "\"a,b\",W/\(tag) , \"c\"", ", ,\(tag)", " \(tag)\t,"] {
      for method in ["GET", "HEAD"] {
        let response = try answer(list, method: method)
        #expect(response.status == 304 && response.body.length == 0 && response.values("ETag") == [tag], "\(list)")
        #expect(response.values("Vary") == ["Authorization"] && response.values("Cache-Control").count == 1)
      }
    }
    #expect(try answer(tag, method: "PATCH").status == 200, "a change is answered, whatever the client has")
  }

  @Test func `a client with another state gets the current one`() throws {
    for list in ["\"other\"", "\"\(tag.dropFirst().dropLast())x\"", "\"\""] + malformed {
      #expect(try answer(list).status == 200, "\(list)")
    }
  }

  @Test func `If-Match accepts the exact tag, a list with it, or any`() throws {
    for list in [nil, "*", " * ", tag, "\"other\",\(tag)", ",\(tag) ,, \"\"", "\"ü€\", \(tag)", "W/\"x\", \(tag)"] {
      #expect(try holds(list), "\(list ?? "")")
    }
    for list in ["W/\(tag)", "\"other\"", "\"\"", "W/\"\""] { #expect(try !holds(list), "\(list)") }
  }

  @Test func `If-None-Match refuses a change by a client that has this state`() throws {
    for list in ["*", tag, "W/\(tag)", "\"other\", \(tag)"] { #expect(try !holds(list, "If-None-Match"), "\(list)") }
    for list in ["\"other\"", "W/\"\""] { #expect(try holds(list, "If-None-Match"), "\(list)") }
  }

  @Test func `a malformed condition of a change is refused, and never ignored`() {
    for header in ["If-Match", "If-None-Match"] {
      for list in malformed {
        let problem = error { _ = try holds(list, header, method: "DELETE") }
        guard case .invalidRequest(let detail)? = problem, detail.hasPrefix(header) else {
          Issue.record("\(header): \(list) is \(String(describing: problem))")
          continue
        }
      }
    }
  }

  @Test func `a read whose If-Match names another state or is malformed is refused`() throws {
    func read(_ list: String) throws -> Int {
      try Response.record(value, for: Request(method: "GET", path: "/", headers: ["If-Match": list])).status
    }
    for list in ["*", tag, "\"x\", \(tag)"] { #expect(try read(list) == 200) }
    for list in ["\"x\"", "W/\(tag)"] {
      #expect(throws: RequestError.preconditionFailed) { try read(list) }
    }
    for list in malformed {
      guard case .invalidRequest? = error({ _ = try read(list) }) else {
        Issue.record("\(list)")
        continue
      }
    }
  }
}
