import Core

extension [String: String] {
  /// The parameter `limit`, 100 where there is none; throws `invalidRequest` for one that is not in `range`.
  func limit(in range: ClosedRange<Int>) throws(StorageError) -> Int {
    guard let text = self["limit"] else { return 100 }
    guard let limit = Int(text), range.contains(limit) else {
      throw .invalidRequest("limit: must be \(range.lowerBound) to \(range.upperBound)")
    }
    return limit
  }
}
