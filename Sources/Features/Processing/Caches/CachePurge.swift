import Core
import Foundation
import HTTP
import Synchronization

/// Takes images out of the caches of every node, by the purge address of its private listener.
///
/// A fill that is under way while a purge comes by is stored after it; hence the rounds.
struct CachePurge: Sendable {
  /// When each round is due after something was withdrawn, in seconds: at once, as soon as what `image` had confirmed just
  /// before is stored, soon, and when no fill can be under way any more, since nginx has given up reading
  /// (`fastcgi_read_timeout` in nginx/snippets/image-cache.conf is 40 s).
  static let rounds: [TimeInterval] = [0, 0.5, 5, 45]
  /// Nothing stays in a cache for longer, in seconds (`fastcgi_cache_valid 200` in the same file).
  static let cacheSeconds: TimeInterval = 600

  private let nodes: [String]
  private let client = HTTPClient(HTTPClient.Settings())

  /// Purges at these `nodes`, such as `http://10.0.0.2:8446`.
  init(nodes: [String]) { self.nodes = nodes }

  /// Purges every address of `keys` at every node, at all of them at once; throws at the end if one did not do it.
  ///
  /// After `deadline` no other address is begun with.
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

  /// Returns when `body` has run for each, on threads of their own but for the first.
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

  /// What is not in the cache is answered 404, and that is well.
  private func purge(_ path: String, at node: String, by deadline: Date) throws(HTTPError) {
    var request = HTTPRequest("GET", "\(node)/purge\(path)")
    let left = min(5, deadline.timeIntervalSinceNow)
    guard left > 0 else { throw .aborted("the time was over") }
    request.deadlines.total = left
    let status = try client.send(request).head.status
    guard status == 200 || status == 404 else { throw .aborted("the purge was answered \(status)") }
  }

  /// When the round after `now` is due, or nil after the last.
  static func nextRound(invalidatedAt start: Date, at now: Date) -> Date? {
    rounds.map { start + $0 }.first { $0 > now }
  }
}
