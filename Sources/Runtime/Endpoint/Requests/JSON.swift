public import Core
public import FastCGI
import Foundation

/// Encodes JSON responses: slashes are not escaped, members are sorted, dates are in RFC 3339.
enum JSON {
  private static let encoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    encoder.dateEncodingStrategy = .iso8601
    return encoder
  }()

  static func encode(_ value: some Encodable) -> [UInt8] {
    (try? encoder.encode(value)).map(Array.init) ?? Array("{}".utf8)
  }
}

extension Response {
  /// Returns `value` as JSON that no cache may store.
  public static func json(_ value: some Encodable, status: Int = 200) -> Response {
    json(JSON.encode(value), status: status)
  }

  /// Returns the object whose members `members` writes, in the order of their names, as JSON that no cache may store.
  public static func json(status: Int = 200, _ members: (inout JSONWriter) -> Void) -> Response {
    var json = JSONWriter()
    json.object(members)
    return Self.json(json.bytes, status: status)
  }

  private static func json(_ bytes: [UInt8], status: Int) -> Response {
    Response(
      status: status,
      headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
      body: .bytes(bytes)
    )
  }
}

extension Response {
  /// Returns `value` as JSON that the browser may store and must revalidate: 304 if `request` names its entity tag.
  ///
  /// For GET and HEAD the method throws `preconditionFailed` if If-Match names another state, and `invalidRequest` if
  /// If-Match is malformed. For a change, If-Match refers to the state before the change and is not checked here.
  /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
  public static func record(_ value: some Encodable, for request: Request) throws -> Response {
    let body = JSON.encode(value)
    let tag = EntityTag(of: body)
    let isRead = ["GET", "HEAD"].contains(request.method)
    if isRead, try !request.admits(tag) { throw RequestError.preconditionFailed }
    let isKnown = isRead && request.knows(tag)
    let headers = [("ETag", tag.description), ("Cache-Control", "private, no-cache"), ("Vary", "Authorization")]
    guard !isKnown else { return Response(status: 304, headers: headers) }
    return Response(status: 200, headers: [("Content-Type", "application/json")] + headers, body: .bytes(body))
  }
}

/// A JSON object in a request: exactly the members of `CodingKeys`, each at most once.
public protocol RequestBody: Decodable {
  associatedtype CodingKeys: CodingKey & CaseIterable

  /// True if other members are ignored, because third parties develop the client.
  ///
  /// Default: false.
  static var allowsMore: Bool { get }

  /// The size limits.
  ///
  /// Default: 256 members and elements.
  static var limits: JSONLimits { get }

  /// Reads the body from its plainest form; nil if the complete rules must read or refuse it.
  ///
  /// Default: nil. A body that implements this method must accept exactly what decoding would, with the same result.
  init?(flat: FlatJSON)
}

extension RequestBody {
  /// The default: false.
  public static var allowsMore: Bool { false }

  /// The default: 256 members and elements, more than any request of the API needs.
  public static var limits: JSONLimits { JSONLimits(values: 256) }

  /// The default: nil.
  public init?(flat: FlatJSON) { nil }
}

extension Request {
  /// Decodes the body; throws `invalidRequest` with the name of the first invalid member.
  public func json<Body: RequestBody>(_: Body.Type = Body.self) throws(StorageError) -> Body {
    if let flat = FlatJSON(body, within: Body.limits), let plain = Body(flat: flat) { return plain }
    let names = try StrictJSON.names(in: body, within: Body.limits)
    let known = Body.CodingKeys.allCases
    if !Body.allowsMore, let other = names.first(where: { name in !known.contains { $0.stringValue == name } }) {
      throw .invalidRequest("\(other.prefixed(64)): is not a member of this request")
    }
    do {
      return try JSONDecoder().decode(Body.self, from: Data(body))
    } catch let error as DecodingError {
      throw .invalidRequest(explain(error))
    } catch {
      throw .invalidRequest("the body is not JSON")
    }
  }

  private func explain(_ error: DecodingError) -> String {
    func name(_ path: [any CodingKey]) -> String {
      guard !path.isEmpty else { return "the body" }
      let words = path.map { key in key.intValue.map { "[\($0)]" } ?? "." + key.stringValue }.joined()
      return String(words.hasPrefix(".") ? words.dropFirst() : words[...]).prefixed(64)
    }
    switch error {
    case .keyNotFound(let key, let context): return "\(name(context.codingPath + [key])): is missing"
    case .typeMismatch(let type, let context): return "\(name(context.codingPath)): must be \(word(for: type))"
    case .valueNotFound(let type, let context):
      return "\(name(context.codingPath)): must be \(word(for: type)), not null"
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      guard let value = try? JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed) else {
        return "the body is not JSON"
      }
      return value is [String: Any] ? "a number is not whole, or out of range" : "the body is not a JSON object"
    case .dataCorrupted(let context): return "\(name(context.codingPath)): \(context.debugDescription)"
    @unknown default: return "the body is not of the expected form"
    }
  }

  private func word(for type: Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Int64.Type, is Int.Type: "a whole number"
    case is Bool.Type: "true or false"
    case is [String].Type: "a list of strings"
    case is [Any].Type: "a list"
    default: "an object"
    }
  }
}

extension String {
  /// Returns at most `count` characters and only printable ASCII, so that quoted input contains nothing else.
  func prefixed(_ count: Int) -> String {
    String(prefix(count).filter { $0.unicodeScalars.allSatisfy { $0.isASCII && $0.value >= 0x20 && $0.value != 0x7F } })
  }
}
