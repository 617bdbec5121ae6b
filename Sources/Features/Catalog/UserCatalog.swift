public import Core
public import Database
public import Foundation

/// Plans and quotas of users, for the application and for administrators.
public struct UserCatalog: Sendable {
  /// A page of users, ordered by identifier.
  public struct Page: Sendable, Encodable {
    /// The users of this page, ordered by identifier.
    public let users: [UserDescription]
    /// The cursor of the next page; nil on the last page.
    public let next: String?
  }

  /// The allowed number of users per page.
  public static let pageRange = 1...1000

  private let database: FileDatabase
  private let defaults: AccountDefaults

  /// Reads and changes users in `database`; a new user gets `defaults`.
  public init(database: FileDatabase, defaults: AccountDefaults) {
    self.database = database
    self.defaults = defaults
  }

  /// Returns the user; throws `notFound` if the user does not exist.
  public func user(_ id: UserID) throws(StorageError) -> UserDescription {
    guard let record = try database.user(id) else { throw .notFound }
    return UserDescription(record, try database.holdings(of: id))
  }

  /// Returns the usage and quota of the user who asks; creates the record of a user who has none.
  public func usage(of id: UserID, at now: Date) throws(StorageError) -> UsageDescription {
    UsageDescription(try database.userOrNew(id, at: now), try database.holdings(of: id))
  }

  /// Returns up to `limit` users after `last`.
  public func users(after last: UserID?, limit: Int) throws(StorageError) -> Page {
    let found = try database.users(after: last, limit: limit + 1)
    let users = found.prefix(limit)
    return Page(
      users: users.map { UserDescription($0) },
      next: found.count > limit ? users.last?.id.description : nil
    )
  }

  /// Changes the user's plan, quota (in bytes), or both; returns the user.
  ///
  /// If the user does not exist, creates the user if `isMade` is true, and throws `notFound` otherwise.
  public func change(
    _ id: UserID,
    plan: String?,
    quotaBytes: Int64?,
    orMake isMade: Bool,
    at now: Date
  ) throws(StorageError) -> UserDescription {
    guard plan != nil || quotaBytes != nil || isMade else {
      throw .invalidRequest("plan, quotaBytes: one of them is needed")
    }
    let plan = try plan.map { (name) throws(StorageError) in
      guard let plan = Plan(rawValue: name) else {
        throw .invalidRequest("plan: must be \(Plan.allCases.map(\.rawValue).joined(separator: " or "))")
      }
      return plan
    }
    if let quotaBytes, !AccountDefaults.quotaRange.contains(quotaBytes) {
      throw .invalidRequest("quotaBytes: must be 0 to \(AccountDefaults.quotaRange.upperBound)")
    }
    let defaults = isMade ? defaults : nil
    guard try database.change(id, plan: plan, quotaBytes: quotaBytes, orMakeWith: defaults, at: now) != nil else {
      throw .notFound
    }
    return try user(id)
  }
}
