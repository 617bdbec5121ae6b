import Foundation
import HTTP
import TestSupport
import Testing

/// Tokens in a cookie.
///
/// Browsers send cookies with requests of any page, so the sender's origin must be checked.
@Suite(.enabled(if: isRunning, howToRun)) struct UppyCookieTests {
  private let uppy: Uppy
  private let name: String

  init() throws {
    uppy = try Uppy(#require(Stack.current), "cookie")
    name = try uppy.stack.setting("STOWAGE_TOKEN_COOKIE")
  }

  private func ask(
    _ method: String,
    _ path: String,
    _ headers: [String: String],
    body: String? = nil
  ) throws -> HTTPResponse {
    let all = ["Cookie": "theme=dark; \(name)=\(uppy.token)"].merging(headers) { $1 }
    return try uppy.stack.send(method, path, headers: all.map { ($0.key, $0.value) }, body: body.map { Array($0.utf8) })
  }

  private func ask(_ headers: [String: String]) throws -> HTTPResponse {
    try ask("GET", "/uppy/s3/params?filename=a.jpg", headers)
  }

  private static let foreign: [[String: String]] = [
    [:], ["Origin": "https://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"],
    ["Sec-Fetch-Site": "same-site"], ["Sec-Fetch-Site": "none"],
    ["Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"], ["Referer": "https://localhost/"],
  ]

  @Test func `a page of another origin cannot use the cookie`() throws {
    for headers in Self.foreign {
      let form = try ask(headers)
      try uppy.expect(form, 403, "origin_not_allowed")
      #expect(form.head["Access-Control-Allow-Origin"] == nil && form.head["Access-Control-Allow-Credentials"] == nil)
      for type in ["text/plain", "application/json", "application/x-www-form-urlencoded"] {
        let begun = try ask(
          "POST",
          "/uppy/s3/multipart",
          headers.merging(["Content-Type": type]) { $1 },
          body: #"{"filename":"a.pdf"}"#
        )
        try uppy.expect(begun, 403, "origin_not_allowed")
      }
    }
    try uppy.expectSettled(objects: 0)
  }

  @Test func `pages of the application and of this site upload with the cookie`() throws {
    for headers in [["Origin": uppy.stack.url], ["Sec-Fetch-Site": "same-origin"]] {
      let answer = try ask(headers)
      let form: Uppy.Form = try Stack.decode(answer, status: 200)
      #expect(form.fields["key"]?.hasPrefix(uppy.user + "/") == true)
      #expect((answer.head["Access-Control-Allow-Credentials"] == "true") == (headers["Origin"] != nil))
      #expect(try uppy.stack.ask("DELETE", form.fileId, token: uppy.token).head.status == 204)
    }
    try uppy.expectSettled(objects: 0)
  }

  @Test func `the cookie counts on Uppy's routes only, and never beside a header`() throws {
    let headers = ["Origin": uppy.stack.url, "Sec-Fetch-Site": "same-origin"]
    let claim = #"{"filename":"a.jpg","size":1,"contentType":"image/jpeg"}"#
    for (method, path) in [
      ("POST", "/v1/uploads"), ("GET", "/v1/files/017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
      ("DELETE", "/v1/uploads/017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
    ] {
      let answer = try ask(method, path, headers, body: method == "POST" ? claim : nil)
      #expect(answer.head.status == 401 && answer.head["Access-Control-Allow-Credentials"] == nil)
    }
    let both = headers.merging(["Authorization": "Bearer none"]) { $1 }
    try uppy.expect(try ask(both), 401, "unauthenticated")
    let twice = headers.merging(["Cookie": "\(name)=\(uppy.token); \(name)=\(uppy.token)"]) { $1 }
    try uppy.expect(try ask(twice), 401, "unauthenticated")
  }

  @Test func `the token is in no log`() throws {
    _ = try ask(["Origin": uppy.stack.url])
    _ = try ask(["Origin": "https://evil.example"])
    let signature = try #require(uppy.token.split(separator: ".").last)
    for folder in ["logs", "nginx/logs"] {
      let logs = uppy.stack.folder.appending(path: folder)
      for name in try FileManager.default.contentsOfDirectory(atPath: logs.path) where name.hasSuffix(".log") {
        let text = try String(decoding: Data(contentsOf: logs.appending(path: name)), as: UTF8.self)
        #expect(!text.contains(signature), "\(name)")
      }
    }
    try uppy.rows.forget(uppy.user)
  }

  @Test func `a preflight allows Uppy's headers, for the application's origins only`() throws {
    for (origin, isAllowed) in [(uppy.stack.url, true), ("https://evil.example", false)] {
      let answer = try uppy.stack.send(
        "OPTIONS",
        "/uppy/s3/multipart",
        headers: [
          ("Origin", origin), ("Access-Control-Request-Method", "POST"),
          ("Access-Control-Request-Headers", "authorization,content-type,uppy-versions"),
        ]
      )
      #expect((answer.head["Access-Control-Allow-Origin"] == origin) == isAllowed)
      #expect((answer.head["Access-Control-Allow-Credentials"] == "true") == isAllowed)
      #expect(answer.head["Access-Control-Allow-Headers"]?.lowercased().contains("uppy-versions") == true)
    }
  }
}
