public import FoundationEssentials

/// The status and the header fields of a response.
public struct HTTPResponseHead: Sendable {
  /// The status code, such as 200.
  public var status: Int
  /// The header fields in order, with the names as sent.
  public var headers: [(name: String, value: String)]

  /// Creates a head for a test or an adapter.
  public init(status: Int, headers: [(name: String, value: String)] = []) {
    self.status = status
    self.headers = headers
  }

  /// True if the status is 2xx.
  public var isSuccess: Bool { (200..<300).contains(status) }

  /// The value of the first field of this name, in any case.
  public subscript(name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }

  /// Returns the first field of this name as a date; nil if the field is absent or is not a date.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
  public func date(_ name: String) -> Date? { self[name].flatMap(httpDate) }
}

/// A response with its body.
public struct HTTPResponse: Sendable {
  /// The status and the header fields.
  public var head: HTTPResponseHead
  /// The body; empty if a receiver read it.
  public var body: [UInt8]

  /// Creates a response for a test or an adapter.
  public init(head: HTTPResponseHead, body: [UInt8] = []) {
    self.head = head
    self.body = body
  }
}
