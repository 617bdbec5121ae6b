import Core
import Foundation
import Storage

/// The place at which a collection goes on, as the database keeps it.
struct UsagePosition: Codable {
  enum Stage: String, Codable {
    /// The versions of the bucket, from its listing.
    case versions
    /// The versions of the bucket, from its inventory.
    case inventory
    /// The incomplete uploads of the bucket.
    case uploads
  }

  /// The last version of a page: the next page can repeat it, and it tells when the one behind it became noncurrent.
  struct Last: Codable {
    let key: String
    let version: String
    let day: Int
  }

  /// The number of the bucket in `UsageCollector.order`.
  var bucket = 0
  /// Nil if the bucket has not been begun.
  var stage: Stage?
  /// The place in the listing.
  var trail = PageTrail()
  var last: Last?
  var inventory: InventoryPosition?

  init() {}

  /// Parses the form of `text`; the start for an empty text, nil for any other.
  init?(_ text: String) {
    guard !text.isEmpty else {
      self.init()
      return
    }
    guard let position = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
    self = position
  }

  var text: String { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

  /// Moves to the next stage of the bucket.
  mutating func enter(_ stage: Stage) {
    self.stage = stage
    (trail, last, inventory) = (PageTrail(), nil, nil)
  }

  /// Moves to the next bucket.
  mutating func leaveBucket() {
    self = UsagePosition(bucket: bucket + 1)
  }

  private init(bucket: Int) { self.bucket = bucket }
}
