public import Foundation
public import HTTP

extension Stack {
  /// What presign answers for a file in parts.
  public struct MultipartTicket: Decodable, Sendable {
    /// How the file is to be cut.
    public struct Plan: Decodable, Sendable {
      /// In bytes.
      public var partSize: Int
      /// How many.
      public var partCount: Int
    }
    /// The file.
    public var fileId: String
    /// When the upload ends.
    public var expiresAt: Date
    /// How the file is to be cut.
    public var multipart: Plan
  }

  /// Parts as presign tells of them; those that the bucket has are without a URL.
  public struct Parts: Decodable, Sendable {
    /// One of them.
    public struct Part: Decodable, Sendable {
      /// From 1.
      public var number: Int
      /// Where to put it.
      public var url: String?
      /// With which headers.
      public var headers: [String: String]?
      /// In bytes.
      public var size: Int
    }
    /// All of them.
    public var parts: [Part]
  }

  /// What a completion answers.
  public struct Completion: Decodable, Sendable {
    /// The file.
    public var fileId: String
    /// Where it stands.
    public var state: String
  }

  /// Begins an upload in parts.
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

  /// One request about an upload: `what` is what stands behind its address, such as `/parts`.
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

  /// URLs for these parts.
  public func partURLs(_ numbers: [Int], of file: String, token: String? = nil) throws -> [Parts.Part] {
    let json = #"{"numbers":\#(numbers)}"#
    let parts: Parts = try Self.decode(ask("POST", file, "/parts", json: json, token: token), status: 200)
    return parts.parts
  }

  /// PUTs the part of `bytes` that `part` is, or `other` in its place.
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

  /// Begins an upload in parts of `bytes`, and puts those of `numbers`, or all.
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
