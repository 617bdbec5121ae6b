import Access
import Catalog
import Core
import Database
import Endpoint
import FastCGI
import Foundation
import Processing

/// The routes with which users list, read and change their own files, and administrators list the files of others.
struct OwnFiles: Sendable {
  let database: FileDatabase
  let catalog: FileCatalog
  let users: UserCatalog
  let downloads: Downloads
  let route: DownloadRoute
  let meter: DownloadMeter
  let invalidation: CacheInvalidation
  /// The roles that may list the files of all users.
  let listingRoles: [Role]

  func list(_ request: Request, for identity: Identity) throws -> Response {
    try request.require("GET", "HEAD")
    let query = try request.queryParameters(
      "limit",
      "after",
      "state",
      "type",
      "name",
      "visibility",
      "sort",
      "user",
      "all"
    )
    if query["user"] != nil || query["all"] == "true" { try identity.require(listingRoles) }
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
    let order = try FileOrder(claimed: query["sort"])
    let limit = try query.limit(in: FileCatalog.pageRange)
    let page =
      switch try Self.owner(query) {
      case .caller: try catalog.files(of: identity.user, filter, in: order, after: after, limit: limit)
      case .user(let user):
        try catalog.page(of: database.files(of: user, filter, in: order, after: after, limit: limit))
      case .everybody where order != .newest:
        throw StorageError.invalidRequest("sort: must be absent from a list of all users")
      case .everybody: try catalog.page(of: database.filesOfAll(filter, after: after, limit: limit))
      }
    return try .record(page, for: request)
  }

  /// The user whose files a list contains.
  private enum Owner {
    case caller, everybody
    case user(UserID)
  }

  private static func owner(_ query: [String: String]) throws(StorageError) -> Owner {
    switch (query["user"], query["all"]) {
    case (nil, nil), (nil, "false"): return .caller
    case (nil, "true"): return .everybody
    case (let name?, nil), (let name?, "false"):
      guard let user = UserID(name) else { throw .invalidRequest("user: must be a user's identifier") }
      return .user(user)
    case (_?, "true"): throw .invalidRequest("all: must be absent if user names one")
    default: throw .invalidRequest("all: must be true or false")
    }
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
    let download = try downloads.download(id, for: user, kind, at: .now)
    meter.count(download, by: route, for: request)
    return .bytes(of: download, by: route, for: request)
  }

  func usage(_ request: Request, for user: UserID) throws -> Response {
    try request.require("GET", "HEAD")
    return try .record(users.usage(of: user, at: .now), for: request)
  }
}

extension Response {
  /// Redirects the client to the URL of `download`, or lets nginx fetch its bytes (nginx/snippets/download.conf).
  ///
  /// Headers that apply only to the bytes have `X-Stowage-` names, because nginx would add standard headers to its own
  /// error responses too. A HEAD request gets no redirect, because the URL is signed for GET: the response itself
  /// describes the file.
  static func bytes(of download: Download, by route: DownloadRoute, for request: Request) -> Response {
    switch route {
    case .redirect where request.method == "HEAD":
      Response(
        status: 200,
        headers: [
          ("Content-Type", download.contentType), ("Content-Disposition", download.disposition.description),
          ("Accept-Ranges", "bytes"), ("Cache-Control", download.cacheControl),
        ],
        body: .stream(length: download.size) { _ in }
      )
    case .redirect:
      Response(status: 302, headers: [("Location", download.url), ("Cache-Control", "no-store")])
    case .nginx:
      Response(
        status: 200,
        headers: [
          ("X-Accel-Redirect", "/internal/download"), ("X-Stowage-Object", download.target),
          ("Content-Type", download.contentType), ("X-Stowage-Disposition", download.disposition.description),
          ("X-Stowage-Cache-Control", download.cacheControl), ("Content-Security-Policy", download.policy),
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
