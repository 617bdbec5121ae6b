//  files: what users see of their files, and what the application sees and sets of its users.
//
//  GET /v1/files/{fileId}   → 200 the file's record
//      401 unauthenticated · 404 not_found for unknown and foreign files alike
//  GET /v1/files/{fileId}/download?disposition={attachment, or inline for images and PDF}
//    → 302 to a URL of the store that lives a minute: the version that was judged, under its owner's name for it
//      400 invalid_request · 401 · 404 also for a file that is not ready
//
//  With a token of role service or admin:
//  GET /v1/users?after={userId}&limit={1…1000, default 100}   → 200 {"users", "next"?}, by identifier
//  GET /v1/users/{userId}   → 200 the user's record, with "openUploads" and "files" by state
//      404 not_found for one who never came
//  PATCH /v1/users/{userId}   {"plan"?, "quotaBytes"?, "create"?}, one at least → 200 the user's record
//      404 not_found for one who never came, unless "create" is true
//      400 invalid_request · 401 unauthenticated · 403 forbidden without such a role
//
//  Users are here and not in presign because nothing here is in the way of an upload: presign reads plan and quota in the
//  reservation's own statement, and stays small. Routed by nginx/handlers/files.conf.

import Access
import Assembly
import Catalog
import Core
import Endpoint
import FastCGI
import Foundation

@main
struct Files: Handler {
  private let authenticator: Authenticator
  private let catalog: FileCatalog
  private let downloads: Downloads
  private let users: Users

  init(_ app: Application) throws(StorageError) {
    authenticator = try app.authenticator()
    catalog = FileCatalog(database: try app.database, imagesURL: app.settings.imagesURL)
    downloads = Downloads(bucket: app.settings.buckets.raw, signer: try app.store, database: try app.database)
    let userCatalog = UserCatalog(database: try app.database, defaults: app.settings.accounts)
    users = Users(catalog: userCatalog, log: app.log)
  }

  func respond(to request: Request) throws(StorageError) -> Response {
    let identity = try authenticator.identify(request)
    switch request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
    case ["v1", "users"]: return try users.list(request, for: identity)
    case let path where path.count == 3 && path.prefix(2) == ["v1", "users"]:
      return try users.one(String(path[3]), request, for: identity)
    case let path where path.count == 3 && path.prefix(2) == ["v1", "files"]:
      guard let id = FileID(String(path[3])) else { throw .notFound }
      try request.require("GET", "HEAD")
      return .json(try catalog.file(id, of: identity.user))
    case let path where path.count == 4 && path.prefix(2) == ["v1", "files"] && path.last == "download":
      guard let id = FileID(String(path[3])) else { throw .notFound }
      return try download(id, request, for: identity.user)
    default: throw .notFound
    }
  }

  private func download(_ id: FileID, _ request: Request, for user: UserID) throws(StorageError) -> Response {
    try request.require("GET", "HEAD")
    let named = try request.queryParameters("disposition")["disposition"] ?? ContentDisposition.Kind.attachment.rawValue
    guard let kind = ContentDisposition.Kind(rawValue: named) else {
      throw .invalidRequest("disposition: must be attachment or inline")
    }
    let url = try downloads.url(of: id, for: user, kind, at: .now)
    return Response(
      status: 302,
      headers: [("Location", url), ("Cache-Control", "no-store")],
      body: .bytes([])
    )
  }
}
