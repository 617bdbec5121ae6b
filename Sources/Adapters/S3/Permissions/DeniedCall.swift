internal import Storage

/// A request that the store refused with 403, and the rights that such a request needs.
public struct DeniedCall: Hashable, Sendable, CustomStringConvertible {
  /// The operation.
  public let operation: S3Operation
  /// The bucket; nil for a list of buckets.
  public let bucket: String?
  /// The actions that a policy must allow, in order.
  public let actions: [String]

  /// The refusal as text; it has no key, because keys name users.
  public var description: String {
    let place = bucket.map { " in \($0)" } ?? ""
    return "\(operation.name)\(place) needs \(actions.joined(separator: ", "))"
  }

  /// Returns the refused call; nil if the failure is another one, such as a wrong signature.
  ///
  /// The response to a HEAD has no code, so its reason can also be a missing object that the keys may not list.
  init?(_ call: S3Call, _ failure: S3Failure) {
    guard case .accessDenied(let detail) = failure.error, detail == "403" || detail.hasPrefix("403 AccessDenied"),
      let request = call.operation
    else { return nil }
    operation = request.operation
    bucket = call.bucket
    actions = Set(operation.rights(request.traits).map(\.action)).sorted()
  }
}

extension S3Call {
  /// The operation of the request and its traits.
  var operation: (operation: S3Operation, traits: Set<S3Operation.Trait>)? {
    S3Operation.of(
      method: method,
      hasBucket: bucket != nil,
      hasKey: key != nil,
      query: Set(query.map(\.name)),
      headers: Set(headers.map { $0.name.lowercased() })
    )
  }
}
