public import Core
public import FastCGI
import Foundation

extension Request {
  /// The query's parameters: each of `names` at most once, and no other; throws `invalidRequest` for anything else.
  ///
  /// A plus stands for itself. Source: https://www.rfc-editor.org/rfc/rfc3986#section-3.4
  public func parameters(_ names: String...) throws(StorageError) -> [String: String] {
    var found: [String: String] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = names.first(where: { $0 == parts[0] }) else {
        let known = names.isEmpty ? "none" : names.joined(separator: ", ")
        throw .invalidRequest("the query: parameters of this address are \(known)")
      }
      guard parts.count == 2, let value = String(parts[1]).removingPercentEncoding else {
        throw .invalidRequest("\(name): must be a percent-encoded value")
      }
      guard found.updateValue(value, forKey: name) == nil else {
        throw .invalidRequest("\(name): may stand there once")
      }
    }
    return found
  }
}
