public import FoundationEssentials

/// Status and header fields of an answer.
public struct HTTPResponseHead: Sendable {
  /// The status code, such as 200.
  public var status: Int
  /// The header fields in order, names as sent.
  public var headers: [(name: String, value: String)]

  /// A head as a test or an adapter builds it.
  public init(status: Int, headers: [(name: String, value: String)] = []) {
    self.status = status
    self.headers = headers
  }

  /// Whether the status is 2xx.
  public var isSuccess: Bool { (200..<300).contains(status) }

  /// The first field of this name, in any case of letters.
  public subscript(name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }

  /// The first field of this name read as a date; nil where it is absent or none.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
  public func date(_ name: String) -> Date? { self[name].flatMap(httpDate) }
}

/// An answer with its body.
public struct HTTPResponse: Sendable {
  /// Status and header fields.
  public var head: HTTPResponseHead
  /// The body; empty where it was streamed.
  public var body: [UInt8]

  /// An answer as a test or an adapter builds it.
  public init(head: HTTPResponseHead, body: [UInt8] = []) {
    self.head = head
    self.body = body
  }
}
