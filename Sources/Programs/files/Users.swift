import Access
import Catalog
import Core
import Endpoint
import FastCGI
import Foundation
import Logging

/// The routes for users, available to the application's service and to administrators.
struct Users: Sendable {
  let catalog: UserCatalog
  let log: Logger

  func list(_ request: Request, for identity: Identity) throws -> Response {
    try identity.require(.service, .admin)
    try request.require("GET", "HEAD")
    let query = try request.queryParameters("after", "limit")
    let after = try query["after"].map { (text) throws(StorageError) in
      guard let user = UserID(text) else { throw StorageError.invalidRequest("after: must be a user's identifier") }
      return user
    }
    let limit = try query.limit(in: UserCatalog.pageRange)
    return .json(try catalog.users(after: after, limit: limit))
  }

  func one(_ name: String, _ request: Request, for identity: Identity) throws -> Response {
    try identity.require(.service, .admin)
    guard let user = UserID(pathComponent: name) else { throw StorageError.notFound }
    try request.require("GET", "HEAD", "PATCH")
    guard request.method == "PATCH" else { return .json(try catalog.user(user)) }
    let body: ChangeBody = try request.json()
    let changed = try catalog.change(
      user,
      plan: body.plan,
      quotaBytes: body.quotaBytes,
      orMake: body.create ?? false,
      at: .now
    )
    log.notice(
      "user changed",
      metadata: [
        "user": "\(user)", "by": "\(identity.user)", "plan": "\(changed.plan)",
        "quotaBytes": "\(changed.quotaBytes)", "requestID": "\(request.id)",
      ]
    )
    return .json(changed)
  }
}

/// The change of a user that the application requests.
private struct ChangeBody: RequestBody {
  var plan: String?
  var quotaBytes: Int64?
  var create: Bool?

  enum CodingKeys: CodingKey, CaseIterable { case plan, quotaBytes, create }
}
