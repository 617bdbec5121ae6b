import FastCGI
import Testing

@testable import Endpoint

@Suite struct EntityTagTests {
  private let value = ["a": 1]
  private var tag: String { EntityTag(ofRecord: value).description }

  private func answer(_ list: String?, method: String = "GET") -> Response {
    let headers = list.map { ["If-None-Match": $0] } ?? [:]
    return .record(value, for: Request(method: method, path: "/", headers: headers))
  }

  private func expects(_ list: String?) -> Bool {
    let headers = list.map { ["If-Match": $0] } ?? [:]
    return Request(method: "PATCH", path: "/", headers: headers).expects(EntityTag(ofRecord: value))
  }

  @Test func `what is sent has a strong tag, and may be kept by its owner's browser alone`() {
    let response = answer(nil)
    #expect(response.status == 200 && response.values("ETag") == [tag] && tag.hasPrefix("\"") && tag.utf8.count == 34)
    #expect(response.values("Cache-Control") == ["private, no-cache"] && response.values("Vary") == ["Authorization"])
    #expect(EntityTag(ofRecord: ["a": 2]).description != tag)
  }

  @Test func `who has it is told so, without a body`() {
    for list in [tag, "W/" + tag, "*", "\"other\", \(tag)", "\"a,b\",W/\(tag) , \"c\"", ", ,\(tag)"] {
      for method in ["GET", "HEAD"] {
        let response = answer(list, method: method)
        #expect(response.status == 304 && response.body.length == 0 && response.values("ETag") == [tag], "\(list)")
        #expect(response.values("Vary") == ["Authorization"] && response.values("Cache-Control").count == 1)
      }
    }
    #expect(answer(tag, method: "PATCH").status == 200, "a change is answered, whatever the client has")
  }

  @Test func `who has something else gets it`() {
    let bare = String(tag.dropFirst().dropLast())
    for list in [
      "\"other\"", bare, "\"\(bare)", "w/\(tag)", "x, \(tag)", "W/", "\"", "\"\(bare)x\"", "**", "* , \(tag)",
    ] {
      #expect(answer(list).status == 200, "\(list)")
    }
  }

  @Test func `a change is expected with the very tag, any, or none`() {
    #expect(expects(nil) && expects("*") && expects(tag) && expects("\"other\",\(tag)"))
    for list in ["W/\(tag)", "\"other\"", "x", "\"", String(tag.dropLast())] { #expect(!expects(list), "\(list)") }
  }
}
