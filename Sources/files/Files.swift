//  files: what users see of their files, and what the application sees and sets of its users.
//
//  GET /v1/files/{fileId}   → 200 the file's record
//      401 unauthenticated · 404 not_found for unknown and foreign files alike
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

@main
struct Files: Handler {
  private let authenticator: Authenticator
  private let catalog: FileCatalog
  private let users: Users

  init(_ app: Application) throws(StorageError) {
    authenticator = try app.authenticator()
    catalog = FileCatalog(database: try app.database, imagesURL: app.settings.imagesURL)
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
    default: throw .notFound
    }
  }
}
