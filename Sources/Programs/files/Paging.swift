import Core

extension [String: String] {
  /// Returns the parameter `limit`, or 100 if it is absent; throws `invalidRequest` for a value outside `range`.
  func limit(in range: ClosedRange<Int>) throws(StorageError) -> Int {
    guard let text = self["limit"] else { return 100 }
    guard let limit = Int(text), range.contains(limit) else {
      throw StorageError.invalidRequest("limit: must be \(range.lowerBound) to \(range.upperBound)")
    }
    return limit
  }
}
