public import Core
internal import Foundation

/// A page of a file listing.
public struct FilePage: Hashable, Sendable {
  /// The files with their current variants.
  public let files: [FileRecord]
  /// The position after which the next page starts; nil on the last page.
  public let next: FileID?
}

extension FileDatabase {
  /// Returns up to `limit` files of the user that match `filter`, newest first and older than `last`.
  ///
  /// The time of a page does not depend on its position. A filter by type, name or visibility reads at most `examined`
  /// files of each state, which limits its cost if few files match. Such a page can be short or empty and still have a
  /// next page.
  public func files(
    of user: UserID,
    _ filter: FileFilter,
    after last: FileID? = nil,
    limit: Int = 100,
    examining examined: Int = 20_000
  ) throws(StorageError) -> FilePage {
    let scopes: [Parameters] = filter.states.map { state in
      ["user": user.description, "state": state.rawValue, "before": last.positionBefore]
    }
    return try read { connection in
      let floor = filter.isSelective ? try connection.floor(scopes, examined, by: .listedFloor) : nil
      return try connection.page(scopes, filter, from: floor, limit: limit, by: .listed)
    }
  }

  /// Returns up to `limit` files of all users that match `filter`, newest first and older than `last`.
  ///
  /// It reads at most `examined` files, so a page can be short or empty and still have a next page.
  public func filesOfAll(
    _ filter: FileFilter,
    after last: FileID? = nil,
    limit: Int = 100,
    examining examined: Int = 20_000
  ) throws(StorageError) -> FilePage {
    let states = ",\(filter.states.map(\.rawValue).sorted().joined(separator: ",")),"
    return try read { connection in
      let scope: Parameters = ["before": last.positionBefore]
      let floor = try connection.floor([scope], examined, by: .listedOfAllFloor)
      return try connection.page(
        [scope.merging(["states": states]) { $1 }],
        filter,
        from: floor,
        limit: limit,
        by: .listedOfAll
      )
    }
  }
}

extension FileID? {
  /// The identifier as an upper bound; for nil, "z", which sorts after every identifier, since identifiers consist of
  /// hexadecimal digits and hyphens.
  fileprivate var positionBefore: String { self?.description ?? "z" }
}

extension Connection {
  /// Returns the lowest identifier to read, so that the query reads at most `count` files of each scope.
  ///
  /// Nil if each scope has fewer files.
  func floor(_ scopes: [Parameters], _ count: Int, by statement: FileStatement) throws -> String? {
    try scopes.compactMap { scope in
      try first(statement, scope.merging(["skipped": count - 1]) { $1 })?.text("id")
    }.max()
  }

  /// Returns the newest `limit` files of all scopes from the identifier `floor` on; nil reads to the oldest file.
  fileprivate func page(
    _ scopes: [Parameters],
    _ filter: FileFilter,
    from floor: String?,
    limit: Int,
    by statement: FileStatement
  ) throws -> FilePage {
    let rest: Parameters = ["floor": floor ?? "", "limit": limit + 1]
    let filters = rest.merging(filter.patterns) { $1 }
    let rows = try scopes.flatMap { try run(statement, $0.merging(filters) { $1 }) }
    let sorted = try rows.map { try (id: $0.text("id"), row: $0) }.sorted { $0.id > $1.id }
    let shown = sorted.prefix(limit)
    let variants = try variants(of: shown.map(\.id))
    let next = sorted.count > limit ? shown.last?.id : floor
    return FilePage(
      files: try shown.map { try FileRecord($0.row, variants: variants[$0.id] ?? []) },
      next: next.flatMap { FileID($0) }
    )
  }

  /// Returns the current variants of these files, by file.
  func variants(of files: [String]) throws -> [String: [Variant]] {
    var variants: [String: [Variant]] = [:]
    // One statement serves a usual page. Longer pages are split, since `substr` takes time in proportion to its offset.
    for start in stride(from: 0, to: files.count, by: 200) {
      let some = files[start..<min(start + 200, files.count)]
      for row in try run(VariantStatement.ofPage, ["files": some.joined(), "count": some.count]) {
        try variants[row.text("file_id"), default: []].append(Variant(row))
      }
    }
    return variants
  }
}

extension FileFilter {
  /// The filter as LIKE patterns, with `!` as the escape character.
  var patterns: Parameters {
    func escaped(_ text: String) -> String {
      var pattern = ""
      for scalar in text.unicodeScalars {
        if ["!", "%", "_"].contains(scalar) { pattern.unicodeScalars.append("!") }
        pattern.unicodeScalars.append(scalar)
      }
      return pattern
    }
    let isRange = type?.hasSuffix("/*") == true
    return [
      "type": type.map { isRange ? escaped(String($0.dropLast())) + "%" : escaped($0) } ?? "%",
      "name": name.map { "%\(escaped($0))%" } ?? "%", "visibility": visibility?.rawValue ?? "%",
    ]
  }
}
