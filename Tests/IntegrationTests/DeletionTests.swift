import Foundation
import HTTP
import TestSupport
import Testing

@Suite(.enabled(if: Stack.current != nil, "runs inside script/server --exec"))
struct DeletionTests {
  private func api(_ stack: Stack, _ method: String, _ path: String, _ json: String? = nil) throws -> HTTPResponse {
    let headers = [(name: "Authorization", value: "Bearer \(stack.token)"), ("Content-Type", "application/json")]
    return try stack.send(method, "/v1/files\(path)", headers: headers, body: json.map { Array($0.utf8) })
  }

  private func statuses(_ stack: Stack, _ file: Stack.File) throws -> [Int] {
    try file.variants.map { try stack.send("GET", $0.url).head.status } + [stack.download(file.id).head.status]
  }

  @Test func `deleted images and downloads are gone from nginx within a second, and return when restored`() throws {
    let stack = try #require(Stack.current)
    let file = try stack.upload(Photo.jpeg(width: 300, height: 200))
    for _ in 0..<2 { #expect(try Set(statuses(stack, file)) == [200]) }
    #expect(try api(stack, "DELETE", "/\(file.id)").head.status == 204)
    usleep(1_000_000)
    for _ in 0..<3 { #expect(try Set(statuses(stack, file)) == [404]) }
    #expect(try api(stack, "DELETE", "/\(file.id)").head.status == 204)
    #expect(try stack.file(file.id).state == "deleted")
    let restored: Stack.File = try Stack.decode(api(stack, "POST", "/\(file.id)/restore"), status: 200)
    #expect(restored.state == "ready" && restored.variants.map(\.url) == file.variants.map(\.url))
    let end = Date.now + 60
    while try Set(statuses(stack, file)) != [200], Date.now < end { usleep(200_000) }
    #expect(try Set(statuses(stack, file)) == [200])
  }

  @Test func `a client with an outdated record neither deletes nor restores the file`() throws {
    let stack = try #require(Stack.current)
    let file = try stack.upload(Document.pdf(comment: UUID().uuidString), "a.pdf", type: "application/pdf")
    func tag() throws -> String { try #require(api(stack, "GET", "/\(file.id)").head["ETag"]) }
    func ask(_ method: String, _ rest: String, _ tag: String) throws -> (status: Int, code: String?) {
      let headers = [(name: "Authorization", value: "Bearer \(stack.token)"), ("If-Match", tag)]
      let answer = try stack.send(method, "/v1/files/\(file.id)\(rest)", headers: headers)
      return (answer.head.status, answer.head.status < 300 ? nil : try Stack.problem(answer).code)
    }
    let first = try tag()
    #expect(try api(stack, "PATCH", "/\(file.id)", #"{"filename": "b.pdf"}"#).head.status == 200)
    for rest in ["", "?permanent=true", "?permanent=false"] {
      #expect(try ask("DELETE", rest, first) == (412, "precondition_failed"))
    }
    let renamed = try tag()
    #expect(try ask("POST", "/restore", first) == (412, "precondition_failed"))
    #expect(try ask("POST", "/restore", renamed) == (200, nil))
    #expect(try ask("DELETE", "", "\(first), \(renamed)") == (204, nil))
    #expect(try ask("POST", "/restore", renamed) == (412, "precondition_failed"))
    #expect(try stack.file(file.id).state == "deleted")
    #expect(try ask("POST", "/restore", tag()) == (200, nil))
    #expect(try stack.file(file.id).state == "ready")
  }

  @Test func `an empty or malformed condition changes nothing`() throws {
    let stack = try #require(Stack.current)
    let file = try stack.upload(Document.pdf(comment: UUID().uuidString), "a.pdf", type: "application/pdf")
    let tag = try #require(api(stack, "GET", "/\(file.id)").head["ETag"])
    /// Returns the status, using curl: its `Name;` sends a header without a value.
    func ask(_ method: String, _ rest: String, _ lines: [String], _ version: String = "--http2") throws -> String {
      let headers = lines + ["Authorization: Bearer \(stack.token)", "Content-Type: application/json"]
      let body = method == "PATCH" ? ["--data", #"{"filename": "b.pdf"}"#] : []
      let arguments = [version, "-s", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*", "-X", method] + body
      let url = "\(stack.url)/v1/files/\(file.id)\(rest)"
      let ca = ["--cacert", stack.environment["STOWAGE_CA"] ?? ""]
      return String(decoding: try run("curl", arguments + ca + headers.flatMap { ["-H", $0] } + [url]), as: UTF8.self)
    }
    let requests = [("DELETE", ""), ("DELETE", "?permanent=true"), ("PATCH", ""), ("POST", "/restore")]
    for (method, rest) in requests {
      for version in ["--http1.1", "--http2"] {
        for header in ["If-Match", "If-None-Match"] {
          let malformed = [
            ["\(header);"], ["\(header): \(tag) rubbish"], ["\(header): rubbish, \(tag)"], ["\(header): ,"],
            ["\(header): \(tag)", "\(header): rubbish"], ["\(header);", "\(header);"],
            ["\(header): *", "\(header): \(tag)"],
          ]
          for lines in malformed {
            #expect(try ask(method, rest, lines, version) == "400", "\(method) \(rest) \(lines)")
          }
        }
        for line in [
          "If-Match: \"x\"", "If-Match: \"x\", W/\(tag)", "If-None-Match: *", "If-None-Match: \"x\", W/\(tag)",
        ] {
          #expect(try ask(method, rest, [line], version) == "412", "\(method) \(rest) \(line)")
        }
        // nginx refuses a second header line itself, because the client could not know which of the two would count.
        for lines in [["If-Match: \"x\"", "If-Match: \(tag)"], ["If-None-Match: \(tag)", "If-None-Match: \"x\""]] {
          #expect(try ask(method, rest, lines, version) == "400", "\(method) \(rest) \(lines)")
        }
      }
    }
    #expect(try stack.file(file.id).state == "ready" && stack.file(file.id).filename == "a.pdf")
    #expect(try ask("DELETE", "", ["If-Match: \"x\", , \(tag)"]) == "204")
  }

  @Test func `many files are deleted at once, and permanently`() throws {
    let stack = try #require(Stack.current)
    let file = try stack.upload(Photo.jpeg(width: 120, height: 90))
    let unknown = UUID().uuidString.lowercased()
    let answer = try api(stack, "POST", "/delete", #"{"ids": ["\#(unknown)", "\#(file.id)"], "permanent": true}"#)
    #expect(answer.head.status == 200)
    let text = String(decoding: answer.body, as: UTF8.self)
    #expect(
      text.contains(#"{"id":"\#(unknown)","status":"not_found"},{"id":"\#(file.id)","status":"purging"}"#),
      "\(text)"
    )
    let refused = try Stack.problem(api(stack, "POST", "/\(file.id)/restore"))
    #expect(refused.status == 410 && refused.code == "gone")
    let end = Date.now + 60
    while try stack.file(file.id).state != "purged", Date.now < end { usleep(100_000) }
    #expect(try stack.file(file.id).state == "purged" && api(stack, "DELETE", "/\(file.id)").head.status == 204)
    for body in [#"{"ids": []}"#, #"{"ids": "x"}"#, #"{"ids": [1]}"#, "{}"] {
      #expect(try Stack.problem(api(stack, "POST", "/delete", body)).code == "invalid_request")
    }
    #expect(try api(stack, "DELETE", "/\(file.id)?permanent=yes").head.status == 400)
  }
}
