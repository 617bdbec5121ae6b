public import Core
internal import Foundation

extension FileDatabase {
  /// Returns up to `limit` files of the user that match `filter` and stand behind `last` in `order`.
  ///
  /// The orders by time read at most `examined` files of each state for a page, and only if `filter` is selective. Such
  /// a page can be short or empty and still have a next page. The orders by name and by size cover the newest
  /// `examined` files of each state, and read all of them for each page. If `last` was renamed or erased since its page
  /// was read, the next page begins at its new place, or is empty.
  public func files(
    of user: UserID,
    _ filter: FileFilter,
    in order: FileOrder,
    after last: FileID?,
    limit: Int,
    examining examined: Int = 20_000
  ) throws(StorageError) -> FilePage {
    if order == .newest { return try files(of: user, filter, after: last, limit: limit, examining: examined) }
    let position: Parameters = ["after": last?.description ?? "", "user": user.description]
    let scopes = filter.states.map { state in position.merging(["state": state.rawValue]) { $1 } }
    return try read { connection in
      if order == .oldest { return try connection.oldest(scopes, filter, limit: limit, examining: examined) }
      let rest = filter.patterns.merging(["limit": limit + 1]) { $1 }
      let rows = try scopes.flatMap { scope in
        let whole = scope.filter { $0.key != "after" }.merging(["before": "z"]) { $1 }
        let floor: Parameters = ["floor": try connection.floor([whole], examined, by: .listedFloor) ?? ""]
        return try connection.run(order.statement, scope.merging(rest) { $1 }.merging(floor) { $1 })
      }
      let found = try connection.sorted(rows, by: order)
      return try connection.page(found, limit: limit, otherwise: nil)
    }
  }
}

/// A row with the values that decide its place in a list.
private struct Placed {
  let id: String
  let row: any Row
  /// The folded name as UTF-8, so that the comparison equals that of the database.
  var name: [UInt8] = []
  var size: Int64 = 0
}

extension FileOrder {
  fileprivate var statement: FileStatement {
    switch self {
    case .newest: .listed
    case .oldest: .listedOldest
    case .name: .listedByName
    case .nameDescending: .listedByNameDescending
    case .smallest: .listedSmallest
    case .largest: .listedLargest
    }
  }

  /// True if the first file stands before the second one in this order.
  fileprivate func precedes(_ one: Placed, _ other: Placed) -> Bool {
    switch self {
    case .newest: one.id > other.id
    case .oldest: one.id < other.id
    case .name:
      one.name == other.name ? one.id < other.id : one.name.lexicographicallyPrecedes(other.name)
    case .nameDescending:
      one.name == other.name ? one.id > other.id : other.name.lexicographicallyPrecedes(one.name)
    case .smallest: (one.size, one.id) < (other.size, other.id)
    case .largest: (one.size, one.id) > (other.size, other.id)
    }
  }
}

extension Connection {
  fileprivate func oldest(
    _ scopes: [Parameters],
    _ filter: FileFilter,
    limit: Int,
    examining examined: Int
  ) throws -> FilePage {
    let skipped: Parameters = ["skipped": examined - 1]
    var ceiling: String?
    if filter.isSelective {
      ceiling = try scopes.compactMap { scope in
        try first(FileStatement.listedCeiling, scope.merging(skipped) { $1 })?.text("id")
      }.min()
    }
    let rest: Parameters = ["ceiling": ceiling ?? "z", "limit": limit + 1]
    let rows = try scopes.flatMap { scope in
      try run(FileStatement.listedOldest, scope.merging(rest.merging(filter.patterns) { $1 }) { $1 })
    }
    return try page(sorted(rows, by: .oldest), limit: limit, otherwise: ceiling)
  }

  fileprivate func sorted(_ rows: [any Row], by order: FileOrder) throws -> [Placed] {
    try rows.map { row in
      var placed = Placed(id: try row.text("id"), row: row)
      placed.name = Array(try row.text("search_name").utf8)
      placed.size = try row.optionalInteger("size") ?? row.integer("claimed_size")
      return placed
    }.sorted(by: order.precedes)
  }

  /// Returns the first `limit` files.
  ///
  /// The next page begins behind the last of them; if there are no more, behind `rest`.
  fileprivate func page(_ found: [Placed], limit: Int, otherwise rest: String?) throws -> FilePage {
    let shown = found.prefix(limit)
    let variants = try variants(of: shown.map(\.id))
    let next = found.count > limit ? shown.last?.id : rest
    return FilePage(
      files: try shown.map { try FileRecord($0.row, variants: variants[$0.id] ?? []) },
      next: next.flatMap { FileID($0) }
    )
  }
}
