import Foundation
import HTTP
import TestSupport
import Testing

/// Files that Uppy sends as forms, through Companion's routes.
@Suite(.enabled(if: isRunning, howToRun)) struct UppyFormTests {
  private let uppy: Uppy

  init() throws { uppy = try Uppy(#require(Stack.current), "form") }

  @Test func `a photo is uploaded as a form, and then only its own length is charged`() throws {
    let photo = try Photo.jpeg(width: 400, height: 300)
    let form = try uppy.form(
      "x1-Urlaub.jpg",
      [
        "type": "image/jpeg", "metadata[name]": "Urlaub \u{E4}+%.jpg", "metadata[type]": "image/jpeg",
        "metadata[relativePath]": "null", "metadata[stowageVisibility]": "public",
      ]
    )
    #expect(
      form.method == "POST" && form.expires == 900 && form.fields["key"] == "\(uppy.user)/\(form.fileId)/original.jpg"
    )
    #expect(try uppy.rows.reserved(uppy.user) == [50 << 20, 50 << 20])
    #expect(try uppy.stack.file(form.fileId, token: uppy.token).size == nil)
    let answer = try uppy.send(photo, form)
    #expect(answer.head.status == 201)
    #expect(answer.head["ETag"] != nil || StoreLimit.ofSystem.contains(.formTags))
    // SeaweedFS leaves Location out; the key contains the same information.
    #expect(String(decoding: answer.body, as: UTF8.self).contains("<Key>\(uppy.user)/\(form.fileId)/"))
    let file = try uppy.settled(form.fileId)
    #expect(file.state == "ready" && file.filename == "Urlaub \u{E4}+%.jpg" && file.size == Int64(photo.count))
    #expect(file.variants.count == 3)
    try uppy.expectSettled(objects: 1)
  }

  @Test func `a file without a type is judged by its name, and then by its bytes`() throws {
    for type in [[:], ["type": ""], ["type": "undefined"], ["type": "application/octet-stream"]] as [[String: String]] {
      #expect(try uppy.form("a.PNG", type).fields["content-type"] == "image/png")
    }
    let form = try uppy.form("a.png", [:])
    #expect(try uppy.send(Array("GIF89a, or not".utf8), form).head.status == 201)
    #expect(try uppy.settled(form.fileId).reason == "type_mismatch")
  }

  @Test func `an extra byte, another type, another key and further metadata are refused by the store`() throws {
    let bytes = [UInt8](repeating: 7, count: 1000)
    let form = try uppy.form("a.jpg", ["type": "image/jpeg", "metadata[stowageSize]": "1000"])
    #expect(try uppy.rows.reserved(uppy.user) == [1000, 1000])
    func status(_ bytes: [UInt8], _ changes: [String: String?] = [:]) throws -> Int {
      var other = form
      for (name, value) in changes { other.fields[name] = value }
      return try uppy.send(bytes, other).head.status
    }
    for other in [bytes + [7], bytes.dropLast()] { #expect((400...403).contains(try status(other)), "\(other.count)") }
    for changes in [
      ["content-type": "text/html"], ["key": "\(uppy.user)/other.jpg"], ["x-amz-meta-role": "admin"],
      ["x-amz-meta-uploader-id": "bob"], ["policy": nil], ["x-amz-signature": nil], ["success_action_status": "200"],
    ] as [[String: String?]] { #expect((400...403).contains(try status(bytes, changes)), "\(changes.keys)") }
    #expect(try uppy.versions() == 0)
    #expect(try status(bytes) == 201)
    #expect(try uppy.settled(form.fileId).state == "rejected")
    try uppy.expectSettled(objects: 0)
  }

  @Test func `only the length that the application gives is reserved, and an abort releases it`() throws {
    let form = try uppy.form("a.jpg", ["type": "image/jpeg", "metadata[stowageSize]": "12345"])
    #expect(try uppy.rows.reserved(uppy.user) == [12_345, 12_345])
    #expect(try uppy.stack.ask("DELETE", form.fileId, token: uppy.token).head.status == 204)
    try uppy.expectSettled(objects: 0)
  }

  @Test(
    arguments: [
      ("", 400, "invalid_request"), ("type=image/jpeg", 400, "invalid_request"), ("filename=", 400, "invalid_request"),
      ("filename=a.txt", 415, "type_not_allowed"), ("filename=a.jpg&type=text/html", 415, "type_not_allowed"),
      ("filename=..%2Fa.jpg", 400, "invalid_request"), ("filename=a%0Ab.jpg", 400, "invalid_request"),
      ("filename=a.jpg&filename=b.jpg", 400, "invalid_request"), ("filename=%FF.jpg", 400, "invalid_request"),
      ("filename=a.jpg&metadata%5BstowageSize%5D=52428801", 413, "too_large"),
      ("filename=a.jpg&metadata%5BstowageVisibility%5D=all", 400, "invalid_request"),
    ]
  )
  func `an invalid upload is refused with a text that Uppy shows`(query: String, status: Int, code: String) throws {
    try uppy.expect(try uppy.ask("GET", "/s3/params?\(query)"), status, code)
    #expect(try uppy.rows.reserved(uppy.user) == [0, 0])
  }

  @Test func `no route returns credentials of the store, and unknown paths are 404`() throws {
    let sts = try uppy.ask("GET", "/s3/sts")
    try uppy.expect(sts, 400, "invalid_request")
    #expect(!String(decoding: sts.body, as: UTF8.self).contains("credentials\""))
    for path in ["/s3", "/s3/", "/s3/other", "/s3/params/x", "/drive/list", "/s3/multipart/a/b/c", "//s3"] {
      try uppy.expect(try uppy.ask("GET", path), 404, "not_found")
    }
    for path in ["", "/"] { #expect(try uppy.ask("GET", path).head.status == 200) }
    try uppy.expect(try uppy.ask("POST", "/s3/params?filename=a.jpg", json: "{}"), 405, "method_not_allowed")
    try uppy.expect(try uppy.ask("GET", "/s3/params?filename=a.jpg", token: "none"), 401, "unauthenticated")
    try uppy.expect(try uppy.ask("GET", "/s3/sts", token: "none"), 401, "unauthenticated")
  }
}
