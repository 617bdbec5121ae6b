/// Suggestions for mistyped names.
public enum Spelling {
  /// Returns the member of `names` that is closest to `text`; nil if no member is close.
  ///
  /// Close means at most two edits, and fewer edits than `text` has characters. An edit inserts, removes or replaces a
  /// character, or exchanges two neighbours (optimal string alignment distance).
  public static func nearest(to text: String, among names: [String]) -> String? {
    guard text.count <= 64 else { return nil }
    let ranked = names.map { (name: $0, edits: edits(Array(text), Array($0))) }
    guard let best = ranked.min(by: { $0.edits < $1.edits }), best.edits <= min(2, text.count - 1) else { return nil }
    return best.name
  }

  private static func edits(_ from: [Character], _ to: [Character]) -> Int {
    var table = Array(repeating: Array(0...to.count), count: from.count + 1)
    for row in table.indices { table[row][0] = row }
    for row in table.indices.dropFirst() {
      for column in table[row].indices.dropFirst() {
        let isSame = from[row - 1] == to[column - 1]
        var least = min(table[row - 1][column], table[row][column - 1]) + 1
        least = min(least, table[row - 1][column - 1] + (isSame ? 0 : 1))
        if row > 1, column > 1, from[row - 1] == to[column - 2], from[row - 2] == to[column - 1] {
          least = min(least, table[row - 2][column - 2] + 1)
        }
        table[row][column] = least
      }
    }
    return table[from.count][to.count]
  }
}
