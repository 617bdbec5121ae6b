/// A set of rows of a ledger by their numbers, one bit for each: 125 kB for a million rows.
struct RowSet {
  private var words: [UInt64] = []
  /// The number of rows in the set.
  private(set) var count = 0

  /// Adds a row; returns false if the set had it.
  @discardableResult
  mutating func insert(_ id: Int64) -> Bool {
    let word = Int(id >> 6)
    if word >= words.count { words.append(contentsOf: repeatElement(0, count: max(word + 1 - words.count, 1024))) }
    guard words[word] & bit(id) == 0 else { return false }
    words[word] |= bit(id)
    count += 1
    return true
  }

  func contains(_ id: Int64) -> Bool {
    let word = Int(id >> 6)
    return word < words.count && words[word] & bit(id) != 0
  }

  private func bit(_ id: Int64) -> UInt64 { 1 << UInt64(id & 63) }
}
