public import Core
public import Database
public import Foundation

/// Plans and quotas, as the application and administrators see and change them.
public struct UserCatalog: Sendable {
  /// Some users, by identifier.
  public struct Page: Sendable, Encodable {
    /// The users.
    public let users: [UserDescription]
    /// What the next page begins behind; nil on the last.
    public let next: String?
  }

  /// How many users a page may have.
  public static let pageRange = 1...1000

  private let database: FileDatabase
  private let defaults: AccountDefaults

  /// Users in `database`; one who is made gets `defaults`.
  public init(database: FileDatabase, defaults: AccountDefaults) {
    self.database = database
    self.defaults = defaults
  }

  /// The user; throws `notFound` for one who never came.
  public func user(_ id: UserID) throws(StorageError) -> UserDescription {
    guard let record = try database.user(id) else { throw .notFound }
    return UserDescription(record, try database.holdings(of: id))
  }

  /// What the user's files take of what they may; throws `notFound` for a user who never came.
  public func usage(of id: UserID) throws(StorageError) -> UsageDescription {
    guard let record = try database.user(id) else { throw .notFound }
    return UsageDescription(record, try database.holdings(of: id))
  }

  /// Up to `limit` users behind `last`.
  public func users(after last: UserID?, limit: Int) throws(StorageError) -> Page {
    let found = try database.users(after: last, limit: limit + 1)
    let users = found.prefix(limit)
    return Page(
      users: users.map { UserDescription($0) },
      next: found.count > limit ? users.last?.id.description : nil
    )
  }

  /// Gives the user another plan or quota (in bytes), or both; throws `notFound` for one who never came.
  ///
  /// Such a one is made where `isMade` is wanted.
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
