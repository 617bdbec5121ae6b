import Core
import Foundation
import HTTP
import Synchronization

/// Removes images from the caches of all nodes by requests to each node's private listener.
///
/// nginx can fetch an image while a purge runs, and store the image after the purge. A cache invalidation therefore
/// repeats the purge in rounds.
struct CachePurge: Sendable {
  /// The times of the rounds after an image was invalidated, in seconds.
  ///
  /// - 0 s: at once.
  /// - 0.5 s: after nginx stored the responses that `image` had confirmed just before the invalidation.
  /// - 5 s: after most fetches have ended.
  /// - 45 s: after every fetch has ended, because nginx reads for at most 40 s (`fastcgi_read_timeout` in
  ///   nginx/snippets/image-cache.conf). `STOWAGE_LAST_PURGE_SECONDS` changes this time.
  static let rounds: [TimeInterval] = [0, 0.5, 5, 45]
  /// The maximum age of a cache entry, in seconds (`fastcgi_cache_valid 200` in nginx/snippets/image-cache.conf).
  static let cacheSeconds: TimeInterval = 600

  private let nodes: [String]
  private let client = HTTPClient(HTTPClient.Settings())

  /// Purges the caches of `nodes`, such as `http://10.0.0.2:8446`.
  init(nodes: [String]) { self.nodes = nodes }

  /// Purges every URL of `keys` on all nodes in parallel; throws at the end if a node failed.
  ///
  /// After `deadline` no further request is sent.
  func purge(_ keys: [String], by deadline: Date = .distantFuture) throws(JobError) {
    let failures = Mutex<[String]>([])
    eachAtOnce(nodes) { node in
      do throws(HTTPError) {
        for key in keys {
          for visibility in Visibility.allCases {
            try purge("/\(visibility.pathPrefix)/\(key)", at: node, by: deadline)
          }
        }
      } catch {
        failures.withLock { $0.append("\(node): \(error)") }
      }
    }
    let failed = failures.withLock { $0 }.sorted()
    guard failed.isEmpty else { throw .outOfReach(detail: "cache: \(failed.joined(separator: ", "))") }
  }

  /// Calls `body` for every node in parallel, and returns when all calls have returned.
  ///
  /// The first call runs on the calling thread, and each other call on a new thread.
  private func eachAtOnce(_ nodes: [String], _ body: @escaping @Sendable (String) -> Void) {
    let group = DispatchGroup()
    for node in nodes.dropFirst() {
      group.enter()
      Thread.detachNewThread {
        body(node)
        group.leave()
      }
    }
    nodes.first.map(body)
    group.wait()
  }

  /// Purges one path on one node.
  ///
  /// A 404 means that the path was not in the cache, and counts as success.
  private func purge(_ path: String, at node: String, by deadline: Date) throws(HTTPError) {
    var request = HTTPRequest("GET", "\(node)/purge\(path)")
    let left = min(5, deadline.timeIntervalSinceNow)
    guard left > 0 else { throw .aborted("the time was over") }
    request.deadlines.total = left
    let status = try client.send(request).head.status
    guard status == 200 || status == 404 else { throw .aborted("the purge was answered \(status)") }
  }

  /// Returns the time of the next round after `now`, or nil after the last round, which comes `last` seconds after `start`.
  static func nextRound(invalidatedAt start: Date, at now: Date, last: TimeInterval = 45) -> Date? {
    (rounds.dropLast() + [last]).map { start + $0 }.first { $0 > now }
  }
}
