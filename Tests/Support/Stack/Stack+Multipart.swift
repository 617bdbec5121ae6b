public import Foundation
public import HTTP

extension Stack {
  /// presign's response to a claim for a file in parts.
  public struct MultipartTicket: Decodable, Sendable {
    /// The division of the file into parts.
    public struct Plan: Decodable, Sendable {
      /// The size of each part but the last, in bytes.
      public var partSize: Int
      /// The number of parts.
      public var partCount: Int
    }
    /// The file's identifier.
    public var fileId: String
    /// The time when the upload expires.
    public var expiresAt: Date
    /// The division of the file into parts.
    public var multipart: Plan
  }

  /// The parts in presign's response; stored parts have no URL.
  public struct Parts: Decodable, Sendable {
    /// One part.
    public struct Part: Decodable, Sendable {
      /// The part's number, from 1.
      public var number: Int
      /// The presigned URL.
      public var url: String?
      /// The headers to send.
      public var headers: [String: String]?
      /// The part's size in bytes.
      public var size: Int
    }
    /// All parts of the response.
    public var parts: [Part]
  }

  /// The response to a completion.
  public struct Completion: Decodable, Sendable {
    /// The file's identifier.
    public var fileId: String
    /// The file's state.
    public var state: String
  }

  /// Begins a multipart upload.
  public func multipartTicket(
    _ filename: String = "photo.jpg",
    type: String = "image/jpeg",
    size: Int,
    sha256: String? = nil,
    token: String? = nil
  ) throws -> MultipartTicket {
    var claim: [String: Any] = ["filename": filename, "size": size, "contentType": type, "visibility": "public"]
    claim["sha256"] = sha256
    let json = String(decoding: try JSONSerialization.data(withJSONObject: claim), as: UTF8.self)
    return try Self.decode(self.claim(json, token: token), status: 201)
  }

  /// Sends a request about an upload; `what` is the end of the path, such as `/parts`.
  public func ask(
    _ method: String,
    _ file: String,
    _ what: String = "",
    json: String? = nil,
    token: String? = nil
  ) throws -> HTTPResponse {
    var headers = [(name: "Authorization", value: "Bearer \(token ?? self.token)")]
    if json != nil { headers.append(("Content-Type", "application/json")) }
    return try send(
      method,
      "/v1/uploads/\(file)\(what)",
      headers: headers,
      body: json.map { Array($0.utf8) } ?? (method == "POST" ? [] : nil)
    )
  }

  /// Returns URLs for these parts.
  public func partURLs(_ numbers: [Int], of file: String, token: String? = nil) throws -> [Parts.Part] {
    let json = #"{"numbers":\#(numbers)}"#
    let parts: Parts = try Self.decode(ask("POST", file, "/parts", json: json, token: token), status: 200)
    return parts.parts
  }

  /// PUTs a part of `bytes`, or `other` in its place.
  public func put(
    _ part: Parts.Part,
    of bytes: [UInt8],
    partSize: Int,
    other: [UInt8]? = nil
  ) throws -> HTTPResponse {
    let start = (part.number - 1) * partSize
    let piece = other ?? Array(bytes[start..<min(start + partSize, bytes.count)])
    return try send("PUT", part.url ?? "", headers: (part.headers ?? [:]).map { ($0.key, $0.value) }, body: piece)
  }

  /// Begins a multipart upload of `bytes`, and puts the parts `numbers`; all parts by default.
  public func putParts(
    _ bytes: [UInt8],
    _ filename: String = "photo.jpg",
    type: String = "image/jpeg",
    sha256: String? = nil,
    numbers: [Int]? = nil,
    token: String? = nil
  ) throws -> MultipartTicket {
    let ticket = try multipartTicket(filename, type: type, size: bytes.count, sha256: sha256, token: token)
    let wanted = numbers ?? Array(1...ticket.multipart.partCount)
    for part in wanted.isEmpty ? [] : try partURLs(wanted, of: ticket.fileId, token: token) {
      let answer = try put(part, of: bytes, partSize: ticket.multipart.partSize)
      guard answer.head.status == 200 else {
        throw Unexpected("part \(part.number): \(answer.head.status) \(String(decoding: answer.body, as: UTF8.self))")
      }
    }
    return ticket
  }
}
