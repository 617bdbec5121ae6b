//  files: what users see of their files.
//
//  GET /v1/files/{fileId}   → 200 the file's record
//      401 unauthenticated · 404 not_found for unknown and foreign files alike
//
//  Routed by nginx/handlers/files.conf.

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

  init(_ app: Application) throws(StorageError) {
    authenticator = try app.authenticator()
    catalog = FileCatalog(database: try app.database, imagesURL: app.settings.imagesURL)
  }

  func respond(to request: Request) throws(StorageError) -> Response {
    let user = try authenticator.identify(request).user
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false)
    guard path.count == 4, path[1] == "v1", path[2] == "files", let id = FileID(String(path[3])) else {
      throw .notFound
    }
    try request.require("GET", "HEAD")
    return .json(try catalog.file(id, of: user))
  }
}
