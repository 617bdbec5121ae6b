internal import FoundationEssentials
internal import HTTP

/// A JWKS document on a server.
struct KeyURL: Sendable {
  let url: String
  private let client: HTTPClient

  init(url: String, caFile: String?) {
    self.url = url
    client = HTTPClient(HTTPClient.Settings(caFile: caFile, idleHandles: 0))
  }

  /// Fetches the document within 5 s; throws for a redirect, because its target is not trusted.
  func fetch() throws(KeySetError) -> Data {
    let request = HTTPRequest(
      "GET",
      url,
      headers: [("Accept", "application/jwk-set+json, application/json")],
      deadlines: HTTPDeadlines(connect: 2, total: 5, stall: 5),
      maximumAnswer: KeySet.maximumBytes
    )
    let answer: HTTPResponse
    do throws(HTTPError) {
      answer = try client.send(request)
    } catch {
      throw KeySetError("\(url): \(error)")
    }
    guard answer.head.status == 200 else { throw KeySetError("\(url) answers \(answer.head.status)") }
    return Data(answer.body)
  }
}
