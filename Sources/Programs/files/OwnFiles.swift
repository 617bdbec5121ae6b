import Access
import Catalog
import Core
import Endpoint
import FastCGI
import Foundation
import Processing

/// The routes with which users list, read and change their own files.
struct OwnFiles: Sendable {
  let catalog: FileCatalog
  let users: UserCatalog
  let downloads: Downloads
  let route: DownloadRoute
  let invalidation: CacheInvalidation

  func list(_ request: Request, for user: UserID) throws -> Response {
    try request.require("GET", "HEAD")
    let query = try request.queryParameters("limit", "after", "state", "type", "name", "visibility")
    let after = try query["after"].map { (text) throws(StorageError) in
      guard let file = FileID(text) else {
        throw StorageError.invalidRequest("after: must be the next of another page")
      }
      return file
    }
    let filter = try FileFilter(
      states: query["state"],
      type: query["type"],
      name: query["name"],
      visibility: query["visibility"]
    )
    let limit = try query.limit(in: FileCatalog.pageRange)
    return try .record(catalog.files(of: user, filter, after: after, limit: limit), for: request)
  }

  func one(_ id: FileID, _ request: Request, for user: UserID) throws -> Response {
    try request.require("GET", "HEAD", "PATCH", "DELETE")
    guard request.method == "PATCH" else { return try .record(catalog.file(id, of: user), for: request) }
    let precondition = try request.precondition()
    let body: ChangeBody = try request.json()
    let change = try FileChange(filename: body.filename, visibility: body.visibility)
    let changed = try catalog.change(
      id,
      of: user,
      to: change,
      if: { precondition.holds(for: EntityTag(ofRecord: $0)) },
      at: .now
    )
    if body.visibility != nil { invalidation.purge([id]) }
    return try .record(changed, for: request)
  }

  func download(_ id: FileID, _ request: Request, for user: UserID) throws -> Response {
    try request.require("GET", "HEAD")
    let kind = try ContentDisposition.Kind(wanted: request.queryParameters("disposition")["disposition"])
    return .bytes(of: try downloads.download(id, for: user, kind, at: .now), by: route)
  }

  func usage(_ request: Request, for user: UserID) throws -> Response {
    try request.require("GET", "HEAD")
    return try .record(users.usage(of: user), for: request)
  }
}

extension Response {
  /// Redirects the client to the URL of `download`, or lets nginx fetch its bytes (nginx/snippets/download.conf).
  ///
  /// Headers that apply only to the bytes have `X-Stowage-` names, because nginx would add standard headers to its own
  /// error responses too.
  static func bytes(of download: Download, by route: DownloadRoute) -> Response {
    switch route {
    case .redirect:
      Response(status: 302, headers: [("Location", download.url), ("Cache-Control", "no-store")])
    case .nginx:
      Response(
        status: 200,
        headers: [
          ("X-Accel-Redirect", "/internal/download"), ("X-Stowage-Object", download.target),
          ("Content-Type", download.contentType), ("X-Stowage-Disposition", download.disposition.description),
          ("X-Stowage-Cache-Control", Downloads.cacheControl), ("Content-Security-Policy", download.policy),
        ]
      )
    }
  }
}

/// The change of a file that a user requests.
private struct ChangeBody: RequestBody {
  var filename: String?
  var visibility: String?

  enum CodingKeys: CodingKey, CaseIterable { case filename, visibility }
}
