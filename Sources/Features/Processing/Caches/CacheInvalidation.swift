public import Core
public import Database
import Foundation

/// Takes images out of every node's cache at once, for whoever has just withdrawn them and is about to say so.
///
/// The purge jobs that were stored with the withdrawal do it again, and what could not be done here.
public struct CacheInvalidation: Sendable {
  private let database: FileDatabase
  private let cache: CachePurge

  /// Purges at these `cacheNodes`.
  public init(database: FileDatabase, cacheNodes: [String]) {
    self.database = database
    cache = CachePurge(nodes: cacheNodes)
  }

  /// Purges every address that the images of `files` ever had; false where that was not done everywhere after `seconds`.
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
