import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

/// Requests that Uppy sends to its Companion, as one user.
///
/// Source: https://github.com/transloadit/uppy/tree/main/packages/%40uppy/aws-s3
struct Uppy: Sendable {
  struct Form: Decodable {
    var method: String
    var url: String
    var fields: [String: String]
    var expires: Int
    var fileId: String
  }

  struct Upload: Decodable {
    var key: String
    var uploadId: String
    var fileId: String
  }

  struct Part: Codable {
    var PartNumber: Int
    var Size: Int?
    var ETag: String
  }

  struct PartURL: Decodable {
    var url: String
    var expires: Int
    var headers: [String: String]?
  }

  struct Batch: Decodable {
    var presignedUrls: [String: String]
    var headers: [String: [String: String]]?
  }

  struct Object: Decodable {
    var location: String
    var key: String
    var bucket: String
    var fileId: String
  }

  let stack: Stack
  let user: String
  let token: String
  let rows: DatabaseRows
  private let bucket: BucketView

  init(_ stack: Stack, _ name: String) throws {
    self.stack = stack
    user = "\(name)-\(UUID().uuidString.lowercased())"
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
    rows = try DatabaseRows(stack)
    bucket = try BucketView(stack)
  }

  /// Sends a request; `path` is the part of the path after `/uppy`.
  func ask(_ method: String, _ path: String, json: String? = nil, token: String? = nil) throws -> HTTPResponse {
    var headers = [
      (name: "Authorization", value: "Bearer \(token ?? self.token)"), ("Accept", "application/json"),
      ("Uppy-Versions", "@uppy/companion-client=3.1.2"),
    ]
    if json != nil { headers.append(("Content-Type", "application/json")) }
    return try stack.send(method, "/uppy" + path, headers: headers, body: json.map { Array($0.utf8) })
  }

  static func query(_ parameters: [String: String]) -> String {
    parameters.map { name, value in "\(encoded(name))=\(encoded(value))" }.joined(separator: "&")
  }

  static func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
  }

  func form(_ name: String = "photo.jpg", _ more: [String: String] = ["type": "image/jpeg"]) throws -> Form {
    let query = Self.query(more.merging(["filename": name]) { $1 })
    return try Stack.decode(ask("GET", "/s3/params?\(query)"), status: 200)
  }

  func send(_ bytes: [UInt8], _ form: Form) throws -> HTTPResponse {
    let fields = form.fields.map { (name: $0.key, value: $0.value) }
    let request = FormUpload(fields: fields, file: bytes).request(to: form.url)
    guard case .bytes(let body) = request.body else { throw Unexpected("a form without bytes") }
    return try stack.send("POST", form.url, headers: request.headers, body: body)
  }

  func begin(_ json: String = #"{"filename":"a.pdf","type":"application/pdf","metadata":{"name":"a.pdf"}}"#) throws
    -> Upload
  {
    try Stack.decode(ask("POST", "/s3/multipart", json: json), status: 200)
  }

  func path(_ upload: Upload, _ what: String = "", key: String? = nil) -> String {
    "/s3/multipart/\(upload.uploadId)\(what)?key=\(Self.encoded(key ?? upload.key))"
  }

  func put(_ bytes: [UInt8], _ number: Int, of upload: Upload) throws -> HTTPResponse {
    let signed: PartURL = try Stack.decode(ask("GET", path(upload, "/\(number)")), status: 200)
    return try put(bytes, to: signed.url, signed.headers)
  }

  func put(_ bytes: [UInt8], to url: String, _ headers: [String: String]?) throws -> HTTPResponse {
    try stack.send("PUT", url, headers: (headers ?? [:]).map { (name: $0.key, value: $0.value) }, body: bytes)
  }

  func parts(_ upload: Upload) throws -> [Part] { try Stack.decode(ask("GET", path(upload)), status: 200) }

  func complete(_ parts: [Part], _ upload: Upload) throws -> HTTPResponse {
    let json = String(decoding: try JSONEncoder().encode(["parts": parts]), as: UTF8.self)
    return try ask("POST", path(upload, "/complete"), json: json)
  }

  func settled(_ file: String) throws -> Stack.File {
    let end = Date.now + 60
    while true {
      let record = try stack.file(file, token: token)
      if record.state != "pending", record.state != "received" { return record }
      guard Date.now < end else { throw Unexpected("still \(record.state)") }
      usleep(50_000)
    }
  }

  /// Expects, after a sweep, no multipart upload, this many objects, and nothing reserved.
  func expectSettled(objects: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    _ = try run("stowage", ["sweep"])
    let end = Date.now + 60
    while try rows.multiparts(user) != 0 || versions() != objects, Date.now < end { usleep(100_000) }
    #expect(try rows.multiparts(user) == 0 && uploads() == 0, sourceLocation: sourceLocation)
    #expect(try versions() == objects, sourceLocation: sourceLocation)
    #expect(try rows.reserved(user).allSatisfy { $0 == 0 }, sourceLocation: sourceLocation)
  }

  private func uploads() throws -> Int {
    try bucket.store.listMultipartUploads("uploads-raw", prefix: "\(user)/", after: nil, limit: 100).items.count
  }

  func versions() throws -> Int {
    try bucket.store.listVersions("uploads-raw", prefix: "\(user)/", after: nil, limit: 100).items.count
  }

  func expect(
    _ answer: HTTPResponse,
    _ status: Int,
    _ code: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    struct Message: Decodable { var message: String }
    let text = String(decoding: answer.body.prefix(300), as: UTF8.self)
    #expect(answer.head.status == status, "\(text)", sourceLocation: sourceLocation)
    #expect(try Stack.problem(answer).code == code, sourceLocation: sourceLocation)
    let message = try JSONDecoder().decode(Message.self, from: Data(answer.body)).message
    #expect(!message.isEmpty, sourceLocation: sourceLocation)
  }
}
