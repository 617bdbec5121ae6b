//  files: the API of users for their files, and the API of the application for its users.
//
//  GET /v1/files?limit={1…1000, default 100}&after={next}&state=&type=&name=&visibility=&sort=
//    → 200 {"files", "next"?}; next is present while more files may follow, also after a short page
//      state: one or more, comma-separated; default: pending, received, ready and rejected
//      type: a media type, or a range such as image/*; name: a part of the name, case-insensitive
//      sort: createdAt, filename or size, with a hyphen in front for the opposite direction; default: -createdAt
//      user={userId}: the files of this user; all=true: the files of all users. Both add "user" to each record, and need a
//      role of STOWAGE_LISTING_ROLES: 403 forbidden
//      400 invalid_request
//  GET /v1/files/{fileId}   → 200 the file's record
//  PATCH /v1/files/{fileId}   {"filename"?, "visibility"?}, one at least → 200 the file's record
//      400 invalid_request, also for a name with the extension of another type
//      409 wrong_state unless pending, received or ready · 412 precondition_failed by If-Match or If-None-Match
//  DELETE /v1/files/{fileId}?permanent={true, or false}   → 204, also where it is deleted already
//    The file can be restored for 30 days; with permanent=true every version is deleted now. Its images are removed
//    from nginx's caches before the response, or within seconds after it.
//      400 invalid_request · 404 not_found · 412 precondition_failed by If-Match or If-None-Match
//  POST /v1/files/delete   {"ids": 1 to 100, "permanent"?}   → 200 {"results": [{"id", "status"}]}, one for each, in order
//      status: deleted, purging (permanently), or not_found · 400 invalid_request
//  POST /v1/files/{fileId}/restore   → 200 the file's record, also where it is not deleted
//      404 not_found · 410 gone: after 30 days, if its bytes are missing, or for a file that was never ready
//      412 precondition_failed by If-Match or If-None-Match
//  GET /v1/files/{fileId}/download?disposition={attachment, or inline for images and PDF}
//    → 302 to a URL of the store that is valid for one minute, or 200 and the bytes through nginx (STOWAGE_DOWNLOADS):
//      the version that was checked, with the owner's file name
//      HEAD → 200 with length, type and disposition, also in place of the redirect
//      400 invalid_request · 404 also for a file that is not ready
//  POST /v1/files/{fileId}/links   {"expiresInSeconds"?, "disposition"?}, or no body   → 201 {"id", "url", "expiresAt"}
//      400 invalid_request · 409 wrong_state unless ready · 409 too_many_links
//  GET /v1/files/{fileId}/links   → 200 {"links": [{"id", "disposition", "createdAt", "expiresAt"}]}, without URLs
//  DELETE /v1/files/{fileId}/links/{linkId}   → 204, also where there is no such link
//  GET /v1/usage   → 200 {"usedBytes", "reservedBytes", "reclaimableBytes", "quotaBytes", "plan", "files"}
//      Each: 401 unauthenticated; routes of a file: 404 not_found, for unknown files and for files of other users.
//      Responses to GET have an ETag, and are 304 if If-None-Match names it.
//
//  GET /v1/links/{secret}   → as a download, without a token; 404 not_found, whatever the reason
//
//  GET /uploads/{userId}/{path}   → a migrated file under its old URL, as a download; images are inline
//      The path decides: its first component is the user's identifier. Beside a token, the cookie of STOWAGE_TOKEN_COOKIE is
//      accepted. Other users who may view the file's images: 302 to the image without metadata. 404 not_found otherwise.
//      With STOWAGE_OLD_URLS_FOLDER, the owner gets from the disk what the bucket does not have yet: 503 unavailable if it
//      cannot be read. nginx/snippets/old-urls.conf determines the prefix, which may be another than /uploads/.
//
//  With a token of the role service or admin:
//  GET /v1/users?after={userId}&limit={1…1000, default 100}   → 200 {"users", "next"?}, by identifier
//  {userId} in a path is the written form (auth0~7C64b7f0a1), or percent-encoded unless it contains ~ or /.
//  GET /v1/users/{userId}   → 200 the user's record, with "openUploads" and "files" by state
//      404 not_found for a user without a record
//  PATCH /v1/users/{userId}   {"plan"?, "quotaBytes"?, "create"?}, one at least → 200 the user's record
//      404 not_found for a user without a record, unless "create" is true
//      400 invalid_request · 401 unauthenticated · 403 forbidden without such a role
//
//  Every route: 401 unauthenticated · 403 forbidden, 400 for a Stowage-User header · 403 origin_not_allowed if nginx
//  identifies users · 503 unavailable without token keys, or if nginx passes no user.
//
//  The routes for users are in this process and not in presign, which stays small: presign reads plan and quota in the
//  statement that reserves quota for an upload. Routed by nginx/handlers/files.conf.

import Access
import Assembly
import Catalog
import Core
import Endpoint
import FastCGI
import Foundation
import Migration
import Processing

@main
struct Files: Handler {
  private let authenticator: Authenticator
  private let files: OwnFiles
  private let links: Links
  private let oldURLs: OldURLRoute
  private let removals: Removals
  private let users: Users

  static func readinessChecks(of app: Application) -> [ReadinessCheck] {
    [.database(of: app)] + ReadinessCheck.identity(of: app) + ReadinessCheck.credentials(of: app)
  }

  init(_ app: some IdentityProvider & StoreProvider & MetricsProvider) throws(StorageError) {
    let settings = app.settings
    let database = try app.database
    let (raw, store) = (settings.buckets.raw, try app.store)
    func downloads(by route: DownloadRoute) -> Downloads {
      Downloads(bucket: raw, signer: store, database: database, route: route)
    }
    let meter = DownloadMeter(app.metrics)
    let userCatalog = UserCatalog(database: database, defaults: settings.accounts)
    authenticator = try app.authenticator()
    let catalog = FileCatalog(database: database, imagesURL: settings.imagesURL, retention: settings.retention)
    let invalidation = CacheInvalidation(database: database, cacheNodes: settings.cacheNodes)
    files = OwnFiles(
      database: database,
      catalog: catalog,
      users: userCatalog,
      downloads: downloads(by: settings.downloads),
      route: settings.downloads,
      meter: meter,
      invalidation: invalidation,
      listingRoles: settings.tokens.listingRoles
    )
    let linkCatalog = LinkCatalog(database: database, baseURL: settings.linksURL)
    links = Links(
      catalog: linkCatalog,
      downloads: downloads(by: settings.linkDownloads),
      route: settings.linkDownloads,
      meter: meter
    )
    oldURLs = OldURLRoute(
      urls: OldURLs(database: database, folder: settings.oldURLs.folder),
      authenticator: authenticator,
      cookie: settings.tokens.cookie.map { CookieRule(name: $0, origins: settings.corsOrigins) },
      downloads: downloads(by: settings.oldURLs.downloads),
      route: settings.oldURLs.downloads,
      meter: meter,
      imagesURL: settings.imagesURL
    )
    removals = Removals(
      removal: FileRemoval(
        database: database,
        store: try app.interactiveStore,
        bucket: raw,
        imagesURL: settings.imagesURL,
        retention: settings.retention
      ),
      catalog: catalog,
      invalidation: invalidation
    )
    users = Users(catalog: userCatalog, log: app.log)
  }

  /// The path without the secret of a link.
  static func loggedPath(of request: Request) -> String {
    request.path.hasPrefix(Links.prefix) ? Links.prefix : request.path
  }

  func respond(to request: Request) throws -> Response {
    if request.path.hasPrefix(Links.prefix) { return try links.open(request) }
    if let path = OldURLRoute.path(of: request) { return try oldURLs.open(path, request) }
    let identity = try authenticator.identify(request)
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    switch (path.prefix(2), path.count) {
    case (["v1", "users"], 2): return try users.list(request, for: identity)
    case (["v1", "users"], 3): return try users.one(path[2], request, for: identity)
    case (["v1", "usage"], 2): return try files.usage(request, for: identity.user)
    case (["v1", "files"], 2): return try files.list(request, for: identity)
    case (["v1", "files"], 3) where path[2] == "delete": return try removals.deleteMany(request, for: identity.user)
    case (["v1", "files"], 3...):
      guard let id = FileID(path[2]) else { throw StorageError.notFound }
      return try file(id, Array(path.dropFirst(3)), request, for: identity.user)
    default: throw StorageError.notFound
    }
  }

  private func file(
    _ id: FileID,
    _ rest: [String],
    _ request: Request,
    for user: UserID
  ) throws -> Response {
    switch rest {
    case [] where request.method == "DELETE": return try removals.delete(id, request, for: user)
    case []: return try files.one(id, request, for: user)
    case ["restore"]: return try removals.restore(id, request, for: user)
    case ["download"]: return try files.download(id, request, for: user)
    case ["links"]: return try links.all(to: id, request, for: user)
    case let rest where rest.count == 2 && rest[0] == "links":
      guard let link = LinkID(rest[1]) else { throw StorageError.notFound }
      return try links.one(link, to: id, request, for: user)
    default: throw StorageError.notFound
    }
  }
}
