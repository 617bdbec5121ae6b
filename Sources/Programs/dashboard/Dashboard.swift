//  dashboard: the administrator's page and its JSON.
//
//  The page:
//    GET /admin/   → the page, which nginx sends; with a token of the role admin
//      401 and a form for a token, without a valid one · 403 and a sentence, without the role; neither has a script
//    GET /admin/{name}.js   → a script of the page · 401 unauthenticated · 403 forbidden
//    GET /admin/admin.css   → the style sheet, for everybody: the form uses it, too
//    POST /admin/session   token={token}, as a form sends it   → 303 to /admin/, with a cookie that holds the token, for at most
//      eight hours and not beyond the token's end · 401 and the form · 403 and a sentence, or origin_not_allowed
//    POST /admin/session/end   → 303 to /admin/, and the browser forgets the cookie · 403 origin_not_allowed
//
//  The JSON:
//  GET /v1/admin/overview        → 200 {"at", "version", "counts"?, "stored"?, "cost"?, "waitingJobs", "leasedJobs", "failedJobs", "alarms"}
//  GET /v1/admin/queue           → 200 {"rows": [{"kind", "state", "age", "count", "oldestAt"}]}
//  GET /v1/admin/jobs/failed?limit={1…500, default 100}&after={next}   → 200 {"jobs", "next"?}, the last failure first
//  POST /v1/admin/jobs/{kind}/{fileId}/retry   → 204 · 404 not_found · 409 wrong_state while a worker has the job
//  GET /v1/admin/invalidations?limit=   → 200 {"jobs"}: the invalidations of caches that are under way
//  GET /v1/admin/users?limit=&after={next}   → 200 {"users", "next"?}, the largest first
//  GET PATCH /v1/admin/users/{userId}   {"plan"?, "quotaBytes"?}   → 200 the user's record, as files answers it · 404 not_found
//  GET /v1/admin/reports         → 200 {"reports": [{"name", "at", "node"?, "isGood", "text", "figures"}]}
//  GET /v1/admin/usage?days={1…400, default 90}     → 200 {"collection"?, "days": [{"day", "bucket", "storageClass", "kind", "objects", "bytes"}]}
//  GET /v1/admin/costs           → 200 {"prices"?, "currency"?, "monthSoFar"?, "days", "forecast", "growth", "unpriced", "notes"}
//  GET /v1/admin/traffic?days=   → 200 {"days": [{"day", "name", "label", "value"}]}
//  GET /v1/admin/health          → 200 {"processes": [{"process", "isReady", "version"?, "parts", "failure"?}]}
//
//  Each of /v1/admin/: 400 invalid_request · 401 unauthenticated · 403 forbidden without the role admin.
//  The identity is a bearer token, the cookie of /admin/session, or the user whom nginx passes on (STOWAGE_IDENTITY=nginx).
//  A request with the cookie that is not GET or HEAD: 403 origin_not_allowed, unless a page of this site sent it.
//
//  No answer reads a whole table of users or files. Routed by nginx/handlers/dashboard.conf.

import Access
import Assembly
import Catalog
import Core
import Database
import Endpoint
import FastCGI
import Foundation
import Logging
import Reporting

@main
struct Dashboard: Handler {
  private let door: AdminDoor
  private let pages: AdminPages
  private let work: AdminWork
  private let users: AdminUsers

  static func readinessChecks(of app: Application) -> [ReadinessCheck] {
    [.database(of: app)] + ReadinessCheck.identity(of: app)
  }

  init(_ app: some IdentityProvider) throws(StorageError) {
    let database = try app.database
    let health = ProcessHealth(directory: app.settings.endpoint.socketDirectory, answering: .dashboard)
    let settings = app.settings
    let reader = DashboardReader(database: database, health: health) { () throws(StorageError) in
      try AdminCosts.basis(settings)
    }
    let authenticator = try app.authenticator()
    door = AdminDoor(authenticator: authenticator)
    pages = AdminPages(door: door, session: AdminSession(authenticator: authenticator))
    work = AdminWork(reader: reader, log: app.log)
    users = AdminUsers(
      reader: reader,
      catalog: UserCatalog(database: database, defaults: app.settings.accounts),
      log: app.log
    )
  }

  func respond(to request: Request) throws -> Response {
    guard request.path.hasPrefix("/v1/admin/") else { return try pages.respond(to: request) }
    let identity = try door.admit(request)
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(3).map(String.init)
    switch (path.first, path.count) {
    case ("users", 1): return try users.list(request)
    case ("users", 2): return try users.one(path[1], request, for: identity)
    case ("jobs", 4) where path[3] == "retry": return try work.retry(path[1], path[2], request, for: identity)
    default: return try work.read(path.joined(separator: "/"), request)
    }
  }
}
