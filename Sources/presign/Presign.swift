//  presign: lets a client upload straight to the raw bucket.
//
//  POST /v1/uploads   {"filename", "size", "contentType", "sha256"?, "visibility"?}
//    → 201 {"fileId", "expiresAt", "put": {"url", "headers"}}
//      400 invalid_request · 401 unauthenticated · 403 quota_exceeded · 413 too_large, body_too_large
//      415 type_not_allowed · 501 multipart_not_available
//
//  Routed by nginx/handlers/presign.conf. File bytes never pass through this process.

import Access
import Assembly
import Core
import Endpoint
import FastCGI
import Foundation
import Uploads

@main
struct Presign: Handler {
  private let authenticator: Authenticator
  private let policy: UploadPolicy
  private let presigner: Presigner

  init(_ app: Application) throws(StorageError) {
    authenticator = try app.authenticator()
    policy = app.settings.uploads
    presigner = Presigner(
      policy: policy,
      bucket: app.settings.buckets.raw,
      store: try app.store,
      database: try app.database
    )
  }

  func respond(to request: Request) throws(StorageError) -> Response {
    guard request.path == "/v1/uploads" else { throw .notFound }
    try request.require("POST")
    let user = try authenticator.identify(request).user
    let body: ClaimBody = try request.json()
    let ticket = try presigner.presign(try body.claim(policy), for: user, at: .now)
    return .json(TicketBody(ticket), status: 201)
  }
}

/// What a client claims.
private struct ClaimBody: RequestBody {
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

/// What it gets for that.
private struct TicketBody: Encodable {
  struct Put: Encodable {
    var url: String
    var headers: [String: String]
  }
  var fileId: String
  var expiresAt: Date
  var put: Put

  init(_ ticket: UploadTicket) {
    fileId = ticket.fileId
    expiresAt = ticket.expiresAt
    put = Put(
      url: ticket.put.url,
      headers: Dictionary(ticket.put.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    )
  }
}
