import Core
import Foundation
import HTTP

/// Takes images out of the caches of every node, by the purge address of its private listener.
///
/// A fill that is under way while a purge comes by is stored after it; hence the rounds.
struct CachePurge: Sendable {
  /// When each round is due after something was withdrawn, in seconds: at once, soon, and when no fill can be under way any
  /// more, since nginx has given up reading (`fastcgi_read_timeout` in nginx/snippets/image-cache.conf is 40 s).
  static let rounds: [TimeInterval] = [0, 5, 45]
  /// Nothing stays in a cache for longer, in seconds (`fastcgi_cache_valid 200` in the same file).
  static let cacheSeconds: TimeInterval = 600

  private let nodes: [String]
  private let client = HTTPClient(HTTPClient.Settings())

  /// Purges at these `nodes`, such as `http://10.0.0.2:8446`.
  init(nodes: [String]) { self.nodes = nodes }

  /// Purges every address of `keys` at every node; throws at the end if one of the nodes did not do it.
  func purge(_ keys: [String]) throws(Interruption) {
    var failures: [String] = []
    for node in nodes {
      do throws(HTTPError) {
        for key in keys {
          for visibility in Visibility.allCases { try purge("/\(visibility.pathPrefix)/\(key)", at: node) }
        }
      } catch {
        failures.append("\(node): \(error)")
      }
    }
    guard failures.isEmpty else { throw .outOfReach(detail: "cache: \(failures.joined(separator: ", "))") }
  }

  /// What is not in the cache is answered 404, and that is well.
  private func purge(_ path: String, at node: String) throws(HTTPError) {
    var request = HTTPRequest("GET", "\(node)/purge\(path)")
    request.deadlines.total = 5
    let status = try client.send(request).head.status
    guard status == 200 || status == 404 else { throw .aborted("the purge was answered \(status)") }
  }

  /// When the round after `now` is due, or nil after the last.
  static func nextRound(withdrawnAt start: Date, at now: Date) -> Date? {
    rounds.map { start + $0 }.first { $0 > now }
  }
}
