import Core
import Endpoint
import Foundation
import Uploads

/// The request for an upload, with the client's claims about the file.
struct ClaimBody: RequestBody {
  var filename: String
  var size: Int64
  var contentType: String
  var sha256: String?
  var visibility: String?

  enum CodingKeys: CodingKey, CaseIterable { case filename, size, contentType, sha256, visibility }

  func claim(_ policy: UploadPolicy) throws(StorageError) -> UploadClaim {
    try UploadClaim(
      filename: filename,
      size: size,
      contentType: contentType,
      sha256: sha256,
      visibility: visibility,
      policy: policy
    )
  }
}

extension ClaimBody {
  init?(flat: FlatJSON) {
    guard flat.hasOnly("filename", "size", "contentType", "sha256", "visibility"),
      let filename = flat.string("filename"), let size = flat.number("size"),
      let contentType = flat.string("contentType")
    else { return nil }
    self.filename = filename
    self.size = size
    self.contentType = contentType
    sha256 = flat.string("sha256")
    visibility = flat.string("visibility")
    guard flat.has("sha256") == (sha256 != nil), flat.has("visibility") == (visibility != nil) else { return nil }
  }
}

extension UploadTicket {
  /// Writes the response to the claim for a single PUT.
  func write(to json: inout JSONWriter) {
    json.member("expiresAt", expiresAt.internetText)
    json.member("fileId", fileId)
    json.member("put") { json in
      json.member("headers") { json in
        for header in put.headers.sorted(by: { $0.name < $1.name }) { json.member(header.name, header.value) }
      }
      json.member("url", put.url)
    }
  }
}

/// The response to a successful claim for a multipart upload.
struct TicketBody: Encodable {
  struct Multipart: Encodable {
    var partSize: Int64
    var partCount: Int
  }
  var fileId: String
  var expiresAt: Date
  var multipart: Multipart

  init(_ ticket: MultipartTicket) {
    fileId = ticket.fileId
    expiresAt = ticket.expiresAt
    multipart = Multipart(partSize: ticket.plan.partSize, partCount: ticket.plan.count)
  }
}

/// The request for URLs of parts.
struct NumbersBody: RequestBody {
  var numbers: [Int]

  enum CodingKeys: CodingKey, CaseIterable { case numbers }
}

/// The response with the URLs of parts.
struct PartTicketsBody: Encodable {
  struct Part: Encodable {
    var number: Int
    var url: String
    var headers: [String: String]
    var size: Int64
    var expiresAt: Date
  }
  var parts: [Part]

  init(_ tickets: [PartTicket]) {
    parts = tickets.map {
      Part(
        number: $0.number,
        url: $0.url,
        headers: members($0.headers),
        size: $0.size,
        expiresAt: $0.expiresAt
      )
    }
  }
}

/// The parts that the bucket has.
struct StoredPartsBody: Encodable {
  struct Part: Encodable {
    var number: Int
    var size: Int64
  }
  var parts: [Part]

  init(_ stored: [StoredPart]) { parts = stored.map { Part(number: $0.number, size: $0.size) } }
}

/// The response to a completion.
struct OutcomeBody: Encodable {
  var fileId: String
  var state: String
  var reason: String?

  init(_ outcome: UploadOutcome) {
    fileId = outcome.fileId
    state = outcome.state.rawValue
    reason = outcome.reason?.rawValue
  }
}

func members(_ headers: [(name: String, value: String)]) -> [String: String] {
  Dictionary(headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
}
