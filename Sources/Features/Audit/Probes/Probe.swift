import Core
import Foundation
import HTTP

/// Sends the requests of the audit, and quotes the answers without secrets.
struct Probe: Sendable {
  /// The answer to a probe, or the reason why there is none.
  typealias Answer = Result<HTTPResponse, HTTPError>

  /// The time limit of one probe, in seconds.
  static let deadline = 10.0
  /// The maximum length of a quotation, in characters.
  static let quotation = 160

  private let client: HTTPClient

  /// A client for a site or a store; `caFile` replaces the system's authorities.
  init(caFile: String?) { client = HTTPClient(HTTPClient.Settings(caFile: caFile)) }

  func ask(
    _ method: String,
    _ url: String,
    headers: [(name: String, value: String)] = [],
    body: [UInt8]? = nil
  ) -> Answer {
    var request = HTTPRequest(method, url, headers: headers, body: body.map { .bytes($0) } ?? .none)
    request.deadlines = HTTPDeadlines(connect: 5, total: Self.deadline)
    request.maximumAnswer = 256 << 10
    do throws(HTTPError) { return .success(try client.send(request)) } catch { return .failure(error) }
  }
}

extension Probe.Answer {
  /// The status; nil without an answer.
  var status: Int? { try? get().head.status }

  /// The value of a header; nil if it is absent.
  func header(_ name: String) -> String? { (try? get())?.head[name] }

  /// True if the answer has status 2xx.
  var isSuccess: Bool { (200..<300).contains(status ?? 0) }

  /// True if no server accepts connections there; other failures do not prove a refusal.
  var isClosed: Bool {
    guard case .failure(.connection(_)) = self else { return false }
    return true
  }

  /// The request line without the query, and the start of the answer.
  func quote(_ request: String) -> String {
    let line = request.replacing(/\?\S*/, with: "")
    switch self {
    case .failure(let error): return "\(line) → \(error)"
    case .success(let response):
      let body = String(decoding: response.body.prefix(600), as: UTF8.self)
      let code = body.firstMatch(of: /<Code>([A-Za-z.]{1,60})<\/Code>/).map { String($0.1) }
      let problem = body.firstMatch(of: /"code":"([a-z_]{1,60})"/).map { String($0.1) }
      let start = body.prefix(60).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
      let isText =
        response.head["content-type"].map { $0.hasPrefix("text/") || $0.contains("json") || $0.contains("xml") }
        ?? false
      let words = code ?? problem ?? (isText ? start : "\(response.body.count) bytes")
      return "\(line) → \(response.head.status)\(words.isEmpty ? "" : " \(words)")"
    }
  }
}

/// Removes secrets from quotations, and bounds their length.
struct Redaction: Sendable {
  private let secrets: [String]

  /// Removes these texts; texts of less than 8 characters are no secrets.
  init(_ secrets: [String]) { self.secrets = secrets.filter { $0.utf8.count >= 8 } }

  /// The secrets of the settings.
  init(_ settings: Settings) {
    let store = settings.store
    self.init(
      [
        store.keys?.secretKey.revealed, store.keys?.sessionToken?.revealed, store.uploadKeys?.secretKey.revealed,
        settings.eventsToken?.revealed, settings.cloudFront?.keys?.secretKey.revealed,
        settings.cloudFront?.keys?.sessionToken?.revealed,
      ].compactMap { $0 }
    )
  }

  func callAsFunction(_ text: String) -> String {
    var text = Wording.printable(text)
    for secret in secrets { text = text.replacing(secret, with: "(secret)") }
    text = text.replacing(/(?i)bearer [A-Za-z0-9._~+\/=\-]+/, with: "Bearer (secret)")
    text = text.replacing(/X-Amz-(?:Signature|Security-Token|Credential)=[^&\s]+/, with: "(signature)")
    return text.count > 400 ? text.prefix(400) + "…" : text
  }
}
