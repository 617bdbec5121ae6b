//  presign: issues presigned URLs with which clients upload directly to the raw bucket.
//
//  POST /v1/uploads   {"filename", "size", "contentType", "sha256"?, "visibility"?}; the type may be "": by the name
//    → 201 {"fileId", "expiresAt", "put": {"url", "headers"}}, or above STOWAGE_UPLOAD_SINGLE_MAX_BYTES
//          {"fileId", "expiresAt", "multipart": {"partSize", "partCount"}}
//      400 invalid_request · 401 unauthenticated · 403 quota_exceeded · 413 too_large, body_too_large
//      415 type_not_allowed · 429 too_many_uploads · 503 unavailable
//  POST /v1/uploads/{fileId}/parts   {"numbers": [1, 2, …]}, at most 100
//    → 200 {"parts": [{"number", "url", "headers", "size", "expiresAt"}]}
//      400 invalid_request · 404 not_found · 409 upload_closed · 503 unavailable
//  GET /v1/uploads/{fileId}/parts
//    → 200 {"parts": [{"number", "size"}]}, the parts that the bucket has
//      400 invalid_request for a single PUT · 404 not_found · 409 upload_closed · 503 unavailable
//  POST /v1/uploads/{fileId}/complete   single PUTs too; body ignored
//    → 200 {"fileId", "state", "reason"?}; idempotent; a single PUT stays pending until a worker has processed it
//      404, 409, 503 as above · 409 parts_missing {"numbers"}
//  DELETE /v1/uploads/{fileId}   single PUTs too
//    → 204; idempotent
//      404 not_found · 409 upload_closed if the file has arrived
//
//  /uppy/…   the routes of Uppy's Companion: see UppyRoutes.swift
//
//  Every route: 401 unauthenticated · 403 forbidden, 400 for a Stowage-User header · 403 origin_not_allowed if nginx
//  identifies users · 503 unavailable without token keys, or if nginx passes no user.
//
//  Unknown files and files of other users get the same 404. Requests that call the store are deferred responses, so
//  that a store that does not answer cannot delay single PUTs; one user gets at most half of their threads. File bytes
//  never pass through this process. Routed by nginx/handlers/presign.conf.

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
  private let multiparts: MultipartUploads
  private let uppy: UppyRoutes
  private let claims: ClaimMeter

  static var defersResponses: Bool { true }
  static var maximumBodyBytes: Int { UppyRoutes.maximumBodyBytes }

  static func maximumBodyBytes(of request: Request) -> Int {
    profile(of: request) == .companion ? UppyRoutes.maximumBodyBytes(of: request) : 8 << 10
  }

  static func profile(of request: Request) -> ClientProfile {
    request.path == "/uppy" || request.path.hasPrefix("/uppy/") ? .companion : .own
  }

  static func readinessChecks(of app: Application) -> [ReadinessCheck] {
    [.database(of: app)] + ReadinessCheck.identity(of: app) + ReadinessCheck.credentials(of: app)
  }

  init(_ app: some IdentityProvider & StoreProvider & MetricsProvider) throws(StorageError) {
    claims = ClaimMeter(app.metrics)
    authenticator = try app.authenticator()
    policy = app.settings.uploads
    let bucket = RawBucket(app.settings.buckets.raw, in: try app.store, signer: try app.uploadSigner)
    presigner = Presigner(policy: policy, bucket: bucket, database: try app.database)
    multiparts = MultipartUploads(policy: policy, bucket: bucket, database: try app.database)
    uppy = UppyRoutes(
      authenticator: authenticator,
      cookie: app.settings.tokens.cookie.map { CookieRule(name: $0, origins: app.settings.corsOrigins) },
      policy: policy,
      uploads: CompanionUploads(presigner: presigner, multiparts: multiparts),
      claims: claims
    )
  }

  func respond(to request: Request) throws -> Response {
    switch request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
    case ["v1", "uploads"]: return try claims.counting { try claim(request) }
    case let path where path.prefix(2) == ["v1", "uploads"] && (path.count == 3 || path.count == 4):
      guard let file = FileID(String(path[3])) else { throw StorageError.notFound }
      return try answer(request, about: file, path.count == 4 ? String(path[4]) : nil)
    case let path where path.first == "uppy": return try uppy.respond(to: request, at: path.dropFirst())
    default: throw StorageError.notFound
    }
  }

  private func claim(_ request: Request) throws -> Response {
    try request.require("POST")
    let user = try authenticator.identify(request).user
    let body: ClaimBody = try request.json()
    let claim = try body.claim(policy)
    guard claim.size > policy.singlePutMaximumBytes else {
      let ticket = try presigner.presign(claim, for: user, at: .now)
      return .json(status: 201) { ticket.write(to: &$0) }
    }
    return .deferred(for: user.description) {
      .json(TicketBody(try multiparts.begin(claim, for: user, at: .now)), status: 201)
    }
  }

  private func answer(_ request: Request, about file: FileID, _ what: String?) throws -> Response {
    switch what {
    case nil:
      try request.require("DELETE")
      try presigner.abort(file, for: try authenticator.identify(request).user, at: .now)
      return Response(status: 204, headers: [("Cache-Control", "no-store")], body: .bytes([]))
    case "parts":
      try request.require("GET", "POST")
      let user = try authenticator.identify(request).user
      guard request.method == "POST" else {
        return .deferred(for: user.description) { .json(StoredPartsBody(try multiparts.parts(of: file, for: user))) }
      }
      let body: NumbersBody = try request.json()
      return .json(PartTicketsBody(try multiparts.sign(body.numbers, of: file, for: user, at: .now)))
    case "complete":
      try request.require("POST")
      let user = try authenticator.identify(request).user
      if let outcome = try presigner.complete(file, for: user, at: .now) { return .json(OutcomeBody(outcome)) }
      return .deferred(for: user.description) { .json(OutcomeBody(try multiparts.complete(file, for: user, at: .now))) }
    default: throw StorageError.notFound
    }
  }
}
