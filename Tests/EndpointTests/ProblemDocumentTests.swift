import Core
import FastCGI
import Foundation
import Testing

@testable import Endpoint

@Suite struct ProblemDocumentTests {
  private static let every: [any Error] = domain + requests

  private static let requests: [RequestError] = [
    .bodyTooLarge(limit: 65_536), .methodNotAllowed(allowed: ["GET", "HEAD"]), .preconditionFailed,
    .encodingNotAllowed("gzip"),
  ]

  private static let domain: [StorageError] = [
    .unauthenticated(reason: "inner secret"), .originNotAllowed(reason: "inner secret"),
    .forbidden(roles: ["service", "admin"]), .cookiesRefused(reason: "inner secret"),
    .invalidRequest("size: must be at least 1 byte"),
    .tooLarge(limit: 5), .typeNotAllowed(detail: "contentType: a/b", accepted: ["image/png"]),
    .typeContradicted(detail: "filename: .csv is the extension of text/csv", accepted: ["image/png"]),
    .quotaExceeded(available: 7), .tooManyUploads(limit: 9),
    .uploadClosed(detail: "It is aborted."), .partsMissing(numbers: [2, 7]),
    .wrongState(detail: "It is pending."), .recordChanged, .tooManyLinks(limit: 100),
    .gone, .notFound, .processing(retryAfter: 3), .unavailable(detail: "inner secret"),
    .unexpected(detail: "inner secret"),
  ]

  /// The responses that docs/api.md documents.
  ///
  /// A case that is missing here does not compile.
  private func expected(_ error: any Error) throws -> (status: Int, code: String, detail: String?) {
    if let error = error as? RequestError { expected(error) } else { try expected(#require(error as? StorageError)) }
  }

  private func expected(_ error: RequestError) -> (status: Int, code: String, detail: String?) {
    switch error {
    case .bodyTooLarge(let limit): (413, "body_too_large", "\(limit)")
    case .methodNotAllowed: (405, "method_not_allowed", nil)
    case .preconditionFailed: (412, "precondition_failed", "If-Match")
    case .encodingNotAllowed(let encoding): (415, "encoding_not_allowed", encoding)
    }
  }

  private func expected(_ error: StorageError) -> (status: Int, code: String, detail: String?) {
    switch error {
    case .unauthenticated: (401, "unauthenticated", nil)
    case .originNotAllowed: (403, "origin_not_allowed", nil)
    case .forbidden: (403, "forbidden", "service or admin")
    case .cookiesRefused: (403, "cookies_needed", nil)
    case .invalidRequest(let text): (400, "invalid_request", text)
    case .tooLarge(let limit): (413, "too_large", "\(limit)")
    case .typeNotAllowed(let detail, _): (415, "type_not_allowed", detail)
    case .typeContradicted(let detail, _): (415, "type_not_allowed", detail)
    case .quotaExceeded(let available): (403, "quota_exceeded", "\(available)")
    case .tooManyUploads(let limit): (429, "too_many_uploads", "\(limit)")
    case .uploadClosed(let text): (409, "upload_closed", text)
    case .partsMissing: (409, "parts_missing", "2, 7")
    case .wrongState(let text): (409, "wrong_state", text)
    case .recordChanged: (412, "precondition_failed", "If-Match")
    case .tooManyLinks(let limit): (409, "too_many_links", "\(limit)")
    case .gone: (410, "gone", nil)
    case .notFound: (404, "not_found", nil)
    case .processing: (503, "processing", nil)
    case .unavailable: (503, "unavailable", nil)
    case .unexpected: (500, "internal", nil)
    }
  }

  @Test(arguments: every)
  func `every error has a status, a stable code and a document in the form of RFC 9457`(error: any Error) throws {
    let response = Response.problem(error, requestID: "0123456789abcdef")
    let (status, code, detail) = try expected(error)
    let members = try response.members()
    #expect(response.status == status && members["status"] as? Int == status)
    #expect(members["code"] as? String == code && members["type"] as? String == "about:blank")
    #expect((members["title"] as? String)?.isEmpty == false)
    #expect(members["requestId"] as? String == "0123456789abcdef")
    if let detail {
      #expect((members["detail"] as? String)?.contains(detail) == true)
    } else {
      #expect(members["detail"] == nil)
    }
    #expect(response.values("Content-Type") == ["application/problem+json"])
    #expect(response.values("Cache-Control") == ["no-store"])
  }

  @Test(arguments: every)
  func `details for the log do not reach the client`(error: any Error) {
    let response = Response.problem(error, requestID: "0123456789abcdef")
    #expect(!response.text.contains("secret"))
    #expect(!response.headers.contains { $0.value.contains("secret") })
  }

  @Test func `codes are distinct, except that two errors are about the type`() {
    let codes = Self.domain.map { expected($0).code }
    #expect(Set(codes).count == codes.count - 1 && codes.filter { $0 == "type_not_allowed" }.count == 2)
  }

  @Test func `a header tells what a client can do about an error`() throws {
    func response(_ error: StorageError) -> Response { .problem(error, requestID: "0123456789abcdef") }
    #expect(response(.unauthenticated(reason: "")).values("WWW-Authenticate") == ["Bearer"])
    #expect(
      Response.problem(RequestError.methodNotAllowed(allowed: ["GET", "HEAD"]), requestID: "").values("Allow") == [
        "GET, HEAD"
      ]
    )
    #expect(response(.processing(retryAfter: 3)).values("Retry-After") == ["3"])
    #expect(response(.processing(retryAfter: 0)).values("Retry-After") == ["1"])
    #expect(response(.unavailable(detail: "")).values("Retry-After") == ["5"])
    let error = StorageError.typeNotAllowed(detail: "x", accepted: ["image/png"])
    let accepted = try response(error).members()["accepted"] as? [String]
    #expect(accepted == ["image/png"])
    let numbers = try response(.partsMissing(numbers: [2, 7])).members()["numbers"] as? [Int]
    #expect(numbers == [2, 7])
  }

  @Test func `text from a client is escaped, and slashes stay readable`() throws {
    let hostile = "filename: \"</script>\u{0}\u{1F}\u{2028}\\ 😀"
    let response = Response.problem(StorageError.invalidRequest(hostile), requestID: "0123456789abcdef")
    #expect(try response.members()["detail"] as? String == hostile)
    #expect(response.text.utf8.allSatisfy { $0 >= 0x20 })
    #expect(Response.json(["url": "https://a/b"]).text == #"{"url":"https://a/b"}"#)
  }

  @Test func `times are in RFC 3339, and members are sorted`() {
    struct Body: Encodable {
      var b = Date(timeIntervalSince1970: 1_800_000_000)
      var a = 1
    }
    #expect(Response.json(Body()).text == #"{"a":1,"b":"2027-01-15T08:00:00Z"}"#)
  }
}
