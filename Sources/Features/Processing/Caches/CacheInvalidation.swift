public import Core
public import Database
import Foundation

/// Removes images from the cache of every node before the response to a deletion or change is sent.
///
/// The purge jobs stored with the deletion or change repeat the invalidation, which covers nodes that did not answer
/// here.
public struct CacheInvalidation: Sendable {
  private let database: FileDatabase
  private let cache: CachePurge

  /// Purges the caches of `cacheNodes`.
  public init(database: FileDatabase, cacheNodes: [String]) {
    self.database = database
    cache = CachePurge(nodes: cacheNodes)
  }

  /// Purges every URL that the images of `files` ever had; false if a node has not confirmed the purge after `seconds`.
  @discardableResult
  public func purge(_ files: [FileID], within seconds: Double = 1) -> Bool {
    do {
      var keys: [String] = []
      for file in files { keys += try database.issuedKeys(of: file) }
      if !keys.isEmpty { try cache.purge(keys, by: .now + seconds) }
      return true
    } catch {
      return false
    }
  }
}
