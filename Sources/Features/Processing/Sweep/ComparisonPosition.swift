import Core
import Foundation
import Storage

/// The place of a comparison in the listing of a bucket, as the database keeps it between two parts.
struct ComparisonPosition: Codable, CustomStringConvertible {
  /// The newest version of a key.
  struct Current: Codable {
    let key: String
    let version: String
    let isDeleteMarker: Bool
  }

  /// The part of the database that a page covers: the keys from `low` up to `high`.
  struct Reach {
    let low: String
    /// Nil for all later keys.
    let high: String?
    /// The newest version of each key, by the bytes of the key.
    let current: [[UInt8]: Current]
    /// The position of the next page; nil after the last page.
    let next: ComparisonPosition?
  }

  /// The token of the next page; nil for the first one.
  var token: String?
  /// The first key that was not compared yet.
  var low = ""
  /// The newest version of the last key of the page before.
  ///
  /// A token can name a version, which must still exist. So the last key of a page is compared with the next page only,
  /// after which a worker may delete its marker.
  var carried: Current?

  /// The end of the first key behind another one; SQLite reads a text up to its first NUL, so no key has a NUL.
  static let successor = "\u{1}"

  init() {}

  /// Parses the form of `description`; the start for any other text.
  init(_ text: String) {
    self = (try? JSONDecoder().decode(Self.self, from: Data(text.utf8))) ?? Self()
  }

  var description: String { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

  /// Returns what `page`, which begins at this position, covers.
  func reach(of page: Page<VersionSummary>) -> Reach {
    var current = carried.map { [$0] } ?? []
    current += page.items.filter(\.isLatest).map {
      Current(key: $0.key, version: $0.version.description, isDeleteMarker: $0.isDeleteMarker)
    }
    var next: ComparisonPosition?
    if let token = page.next, let last = page.items.last?.key {
      var position = ComparisonPosition()
      position.token = token
      let isWhole = current.last.map { !$0.key.utf8.elementsEqual(last.utf8) } ?? true
      position.carried = isWhole ? nil : current.removeLast()
      // The order of some stores is not that of the bytes; no key is compared twice, or left out.
      position.low = Self.later(low, isWhole ? last + Self.successor : last)
      next = position
    }
    return Reach(
      low: low,
      high: next?.low,
      current: Dictionary(current.map { (Array($0.key.utf8), $0) }, uniquingKeysWith: { first, _ in first }),
      next: next
    )
  }

  private static func later(_ left: String, _ right: String) -> String {
    left.utf8.lexicographicallyPrecedes(right.utf8) ? right : left
  }
}
