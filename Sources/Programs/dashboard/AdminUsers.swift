import Access
import Catalog
import Core
import Endpoint
import FastCGI
import Foundation
import Logging
import Reporting

/// The routes for the largest users, and for the plan and quota of one.
struct AdminUsers: Sendable {
  let reader: DashboardReader
  let catalog: UserCatalog
  let log: Logger

  func list(_ request: Request) throws -> Response {
    try request.require("GET", "HEAD")
    let query = try request.queryParameters("limit", "after")
    let page = try reader.largestUsers(after: query["after"], limit: try query.limit())
    return .json(Page(users: page.users.map { UserDescription($0) }, next: page.next))
  }

  func one(_ name: String, _ request: Request, for identity: Identity) throws -> Response {
    guard let user = UserID(pathComponent: name) else { throw StorageError.notFound }
    try request.require("GET", "HEAD", "PATCH")
    guard request.method == "PATCH" else { return .json(try catalog.user(user)) }
    let body: ChangeBody = try request.json()
    let changed = try catalog.change(user, plan: body.plan, quotaBytes: body.quotaBytes, orMake: false, at: .now)
    log.notice(
      "user changed",
      metadata: [
        "user": "\(user)", "by": "\(identity.user)", "plan": "\(changed.plan)",
        "quotaBytes": "\(changed.quotaBytes)", "requestID": "\(request.id)",
      ]
    )
    return .json(changed)
  }

  private struct Page: Encodable {
    let users: [UserDescription]
    let next: String?
  }

  private struct ChangeBody: RequestBody {
    var plan: String?
    var quotaBytes: Int64?

    enum CodingKeys: CodingKey, CaseIterable { case plan, quotaBytes }
  }
}
