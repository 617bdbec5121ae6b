import Foundation
import HTTP
import TestSupport
import Testing

/// Files that Uppy sends in parts, through Companion's routes.
@Suite(.enabled(if: isRunning, howToRun)) struct UppyPartsTests {
  private let uppy: Uppy

  init() throws { uppy = try Uppy(#require(Stack.current), "uppy") }

  private func document(_ count: Int) -> [UInt8] {
    Document.pdf(comment: UUID().uuidString + String(repeating: "0123456789abcdef", count: count >> 4))
  }

  private func put(_ bytes: [UInt8], partSize: Int, of upload: Uppy.Upload) throws {
    for (index, start) in stride(from: 0, to: bytes.count, by: partSize).enumerated() {
      let piece = Array(bytes[start..<min(start + partSize, bytes.count)])
      #expect(try uppy.put(piece, index + 1, of: upload).head.status == 200)
    }
  }

  @Test(arguments: [5 << 20, 6 << 20])
  func `parts of any length make the file, and then only its own length is charged`(partSize: Int) throws {
    let bytes = document(11 << 20)
    let upload = try uppy.begin()
    #expect(upload.uploadId == upload.fileId && upload.key == "\(uppy.user)/\(upload.fileId)/original.pdf")
    #expect(try uppy.rows.reserved(uppy.user) == [50 << 20, 50 << 20])
    try put(bytes, partSize: partSize, of: upload)
    let parts = try uppy.parts(upload)
    #expect(parts.map(\.PartNumber) == Array(1...parts.count) && parts.compactMap(\.Size).reduce(0, +) == bytes.count)
    for _ in 0..<2 {
      let object: Uppy.Object = try Stack.decode(uppy.complete(parts, upload), status: 200)
      #expect(object.key == upload.key && object.fileId == upload.fileId && object.bucket == "uploads-raw")
      #expect(object.location.hasSuffix("/uploads-raw/\(upload.key)"))
    }
    #expect(try uppy.rows.reserved(uppy.user)[0] <= bytes.count)
    let file = try uppy.settled(upload.fileId)
    #expect(file.state == "ready" && file.size == Int64(bytes.count))
    #expect(try file.sha256 == Digest.sha256(bytes))
    try uppy.expectSettled(objects: 1)
  }

  @Test func `a small file in one part, tags without quotes and a batch of URLs are accepted too`() throws {
    let bytes = document(100)
    let upload = try uppy.begin(#"{"filename":"a.pdf","metadata":{"n":1,"b":true,"o":{},"x":null},"more":[]}"#)
    let query = uppy.path(upload, "/batch") + "&partNumbers=1%2C2"
    let batch: Uppy.Batch = try Stack.decode(uppy.ask("GET", query), status: 200)
    #expect(Set(batch.presignedUrls.keys) == ["1", "2"])
    let url = try #require(batch.presignedUrls["1"])
    let put = try uppy.put(bytes, to: url, batch.headers?["1"])
    let tag = try #require(put.head["ETag"]).replacing("\"", with: "")
    let answer = try uppy.complete([Uppy.Part(PartNumber: 1, ETag: tag)], upload)
    #expect(answer.head.status == 200)
    #expect(try uppy.settled(upload.fileId).state == "ready")
    try uppy.expectSettled(objects: 1)
  }

  @Test func `extra, missing or too many parts prevent the completion`() throws {
    let upload = try uppy.begin()
    let part = [UInt8](repeating: 1, count: 5 << 20)
    for number in [1, 3] { #expect(try uppy.put(part, number, of: upload).head.status == 200) }
    let parts = try uppy.parts(upload)
    try uppy.expect(try uppy.complete(parts, upload), 409, "parts_missing")
    try uppy.expect(try uppy.complete([], upload), 409, "parts_missing")
    #expect(try uppy.put(part, 2, of: upload).head.status == 200)
    try uppy.expect(try uppy.complete(parts, upload), 409, "parts_missing")
    let other = Uppy.Part(PartNumber: 2, ETag: "\"d41d8cd98f00b204e9800998ecf8427e\"")
    try uppy.expect(try uppy.complete([parts[0], other, parts[1]], upload), 409, "parts_missing")
    for number in ["0", "-1", "x", "01", "1.0", "99999999999999999999"] {
      try uppy.expect(try uppy.ask("GET", uppy.path(upload, "/\(number)")), 400, "invalid_request")
    }
    try uppy.expect(try uppy.ask("GET", uppy.path(upload, "/11")), 413, "too_large")
    #expect(try uppy.versions() == 0)
    for _ in 0..<2 { #expect(try uppy.ask("DELETE", uppy.path(upload)).body == Array("{}".utf8)) }
    try uppy.expect(try uppy.ask("GET", uppy.path(upload, "/1")), 409, "upload_closed")
    try uppy.expectSettled(objects: 0)
  }

  @Test func `parts longer than the reservation abort the upload at completion, or at the next sweep`() throws {
    for isSwept in [false, true] {
      let upload = try uppy.begin(#"{"filename":"a.pdf","metadata":{"stowageSize":6291456}}"#)
      #expect(try uppy.rows.reserved(uppy.user) == [6 << 20, 6 << 20])
      for number in [1, 2] {
        #expect(try uppy.put([UInt8](repeating: 1, count: 5 << 20), number, of: upload).head.status == 200)
      }
      if isSwept {
        // The worker's own sweep may come first.
        try run("stowage", ["sweep"])
      } else {
        try uppy.expect(try uppy.complete(uppy.parts(upload), upload), 413, "too_large")
      }
      try uppy.expectSettled(objects: 0)
      #expect(try uppy.stack.file(upload.fileId, token: uppy.token).state == "aborted")
    }
  }

  @Test func `another key, another user and an upload of the API itself are the same 404`() throws {
    let upload = try uppy.begin()
    let stranger = try Uppy(uppy.stack, "stranger")
    let ticket = try uppy.stack.multipartTicket(size: 11 << 20, token: uppy.token)
    let own = Uppy.Upload(key: "\(uppy.user)/\(ticket.fileId)/original.jpg", uploadId: ticket.fileId, fileId: "")
    let questions = [
      ("GET", "", nil), ("GET", "/1", nil), ("POST", "/complete", #"{"parts":[]}"#), ("DELETE", "", nil),
    ]
    for (method, what, json) in questions {
      for path in [
        uppy.path(upload, what, key: upload.key + "x"), uppy.path(upload, what, key: ""), uppy.path(own, what),
        uppy.path(upload, what, key: "../\(upload.key)"), "/s3/multipart/none\(what)?key=\(upload.key)",
      ] { try uppy.expect(try uppy.ask(method, path, json: json), 404, "not_found") }
      try uppy.expect(
        try uppy.ask(method, uppy.path(upload, what), json: json, token: stranger.token),
        404,
        "not_found"
      )
      try uppy.expect(
        try uppy.ask(method, "/s3/multipart/\(upload.uploadId)\(what)", json: json),
        400,
        "invalid_request"
      )
      try uppy.expect(try uppy.ask(method, uppy.path(upload, what), json: json, token: "none"), 401, "unauthenticated")
    }
    #expect(try uppy.ask("DELETE", uppy.path(upload)).head.status == 200)
    #expect(try uppy.stack.ask("DELETE", ticket.fileId, token: uppy.token).head.status == 204)
    try uppy.expectSettled(objects: 0)
  }

  @Test(
    arguments: [
      ("", 400, "invalid_request"), ("[]", 400, "invalid_request"), ("{}", 400, "invalid_request"),
      (#"{"filename":7}"#, 400, "invalid_request"),
      (#"{"filename":"a.txt","type":"text/plain"}"#, 415, "type_not_allowed"),
      (#"{"filename":"a.pdf","metadata":{"name":"a/b.pdf"}}"#, 400, "invalid_request"),
      (#"{"filename":"a.pdf","metadata":[]}"#, 400, "invalid_request"),
      (#"{"filename":"a.pdf","metadata":{"stowageSize":0}}"#, 400, "invalid_request"),
      (#"{"filename":"a.pdf","metadata":{"stowageSize":10.5}}"#, 400, "invalid_request"),
      (#"{"filename":"a.pdf","metadata":{"stowageSize":true}}"#, 400, "invalid_request"),
      (#"{"filename":"a.pdf","metadata":{"stowageSize":[10]}}"#, 400, "invalid_request"),
      (#"{"filename":"a.pdf","filename":"b.pdf"}"#, 400, "invalid_request"),
    ]
  )
  func `an invalid upload is refused before it begins`(json: String, status: Int, code: String) throws {
    try uppy.expect(try uppy.ask("POST", "/s3/multipart", json: json), status, code)
    try uppy.expectSettled(objects: 0)
  }
}
