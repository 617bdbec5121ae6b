public import Core
public import FastCGI
import Foundation

/// How JSON goes out: slashes as they are, members sorted, dates in RFC 3339.
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
  /// `value` as JSON that no cache keeps.
  public static func json(_ value: some Encodable, status: Int = 200) -> Response {
    Response(
      status: status,
      headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
      body: .bytes(JSON.encode(value))
    )
  }
}

extension Response {
  /// `value` as JSON that its owner's browser may keep and must ask about again: 304 where `request` has it already.
  ///
  /// A reader's If-Match that names another state throws `preconditionFailed`, and one that cannot be read
  /// `invalidRequest`; that of a change was about the state before. Source: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
  public static func record(_ value: some Encodable, for request: Request) throws(StorageError) -> Response {
    let body = JSON.encode(value)
    let tag = EntityTag(of: body)
    let isRead = ["GET", "HEAD"].contains(request.method)
    if isRead, try !request.admits(tag) { throw .preconditionFailed }
    let isKnown = isRead && request.knows(tag)
    let headers = [("ETag", tag.description), ("Cache-Control", "private, no-cache"), ("Vary", "Authorization")]
    guard !isKnown else { return Response(status: 304, headers: headers) }
    return Response(status: 200, headers: [("Content-Type", "application/json")] + headers, body: .bytes(body))
  }
}

/// A JSON object that a client sends: exactly these members, none twice, nothing beside them.
public protocol RequestBody: Decodable {
  associatedtype CodingKeys: CodingKey & CaseIterable

  /// Whether members beside these are left alone, since the clients are others' work; not unless the body says so.
  static var allowsMore: Bool { get }

  /// How much JSON it may hold; 256 members and elements unless the body says otherwise.
  static var limits: JSONLimits { get }
}

extension RequestBody {
  /// Not unless the body says so.
  public static var allowsMore: Bool { false }

  /// More than any request of the API has a use for.
  public static var limits: JSONLimits { JSONLimits(values: 256) }
}

extension Request {
  /// The body as JSON; throws `invalidRequest` that names the first member at fault.
  public func json<Body: RequestBody>(_: Body.Type = Body.self) throws(StorageError) -> Body {
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
  /// At most `count` characters, and only printable ones: input that is quoted back must not carry anything else.
  func prefixed(_ count: Int) -> String {
    String(prefix(count).filter { $0.unicodeScalars.allSatisfy { $0.isASCII && $0.value >= 0x20 && $0.value != 0x7F } })
  }
}
