import Foundation
import HTTP
import S3
import Signing
import Storage
import Synchronization
import TestSupport
import Testing

@testable import CredentialProviders

/// Presigned URLs of a store whose credentials rotate, with a real endpoint and a clock that the test sets.
@Suite struct PresignRotationTests {
  private static let headers = [(name: "content-type", value: "image/png")]

  private func store(_ source: any CredentialSource) throws -> S3Store {
    S3Store(S3Configuration(endpoint: try #require(S3Endpoint("https://s3.example.com")), credentials: source))
  }

  private func query(_ url: String) throws -> [String: String] {
    let items = try #require(URLComponents(string: url)?.queryItems)
    return Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { "\($0) and \($1)" })
  }

  /// Checks that key, token and signature are those of one set, and returns the key.
  private func whole(_ request: PresignedRequest, at now: Date) throws -> String {
    let query = try query(request.url)
    let key = String(try #require(query["X-Amz-Credential"]?.split(separator: "/").first))
    #expect(query["X-Amz-Security-Token"] == "\(secretMark)-token-\(key)")
    let credentials = Credentials(
      accessKeyID: key,
      secretAccessKey: "\(secretMark)-\(key)",
      sessionToken: "\(secretMark)-token-\(key)"
    )
    let expected = RequestSigner(credentials: credentials, region: "us-east-1").presignedQuery(
      method: "PUT",
      path: "/raw/a.png",
      query: [],
      headers: [("host", "s3.example.com")] + Self.headers,
      expires: request.seconds,
      at: now
    )
    #expect(request.url == "https://s3.example.com/raw/a.png?" + expected)
    #expect(query["X-Amz-Expires"] == String(request.seconds))
    return key
  }

  @Test(arguments: ScriptedPlace.Kind.allCases)
  func `in the middle of 1,000 URLs from eight threads, each is wholly of one set`(kind: ScriptedPlace.Kind) throws {
    let ends = [start + 3600, start + 36_000]
    let place = try ScriptedPlace(kind, [("OLD", ends[0]), ("NEW", ends[1])])
    defer { place.stop() }
    let source = place.source()
    let store = try store(source)
    _ = try source.credentials(lasting: 0, at: start)
    let signed = try concurrently(8) { thread in
      try (0..<125).map { number in
        // The window of the first set begins at 2,100 to 2,400 s: in the middle of each thread's URLs.
        let now = start + 2000 + Double(number) * 5
        for _ in 0..<5000 where number == 100 && source.status.successes < 2 { usleep(1000) }
        let url = try store.presignPut("a.png", in: "raw", signedHeaders: Self.headers, expires: 900, at: now)
        let key = try whole(url, at: now)
        #expect(now + Double(url.seconds) <= ends[key == "OLD" ? 0 : 1])
        #expect(url.seconds == 900, "a refresh in time leaves every URL whole")
        return key
      }
    }
    let keys = signed.joined()
    #expect(keys.count == 1000 && Set(keys) == ["OLD", "NEW"])
    #expect(place.exchanges == 2)
    for thread in signed { #expect(thread == thread.sorted(by: >), "a thread never goes back to the old set") }
  }

  @Test(arguments: ScriptedPlace.Kind.allCases)
  func `an endpoint that is away for ten minutes cuts URLs to the session, and never past it`(
    kind: ScriptedPlace.Kind
  ) throws {
    let place = try ScriptedPlace(kind, [("OLD", start + 1500)])
    defer { place.stop() }
    let source = place.source()
    let store = try store(source)
    var lives: [Int] = []
    for second in stride(from: 0, through: 1440, by: 4) {
      let now = start + Double(second)
      let url = try store.presignPut("a.png", in: "raw", signedHeaders: Self.headers, expires: 900, at: now)
      #expect(try whole(url, at: now) == "OLD")
      #expect(second + url.seconds <= 1500 && (60...900).contains(url.seconds))
      lives.append(url.seconds)
    }
    #expect(lives.first == 900 && lives.last == 60)
    #expect((6..<60).contains(place.exchanges), "\(place.exchanges)")
    for second in [1441, 1499, 1500, 1600] {
      let now = start + Double(second)
      #expect {
        try store.presignPut("a.png", in: "raw", signedHeaders: Self.headers, expires: 900, at: now)
      } throws: { error in
        guard case StoreError.unavailable(let detail)? = error as? StoreError else { return false }
        return detail.hasPrefix("credentials: ") && !detail.contains(secretMark)
      }
    }
    // A request of the node is signed to the very end.
    #expect(throws: Never.self) { try source.credentials(lasting: 0, at: start + 1499) }
  }

  @Test(arguments: ScriptedPlace.Kind.allCases)
  func `URLs, parts, downloads and forms never outlive sessions of two minutes`(kind: ScriptedPlace.Kind) throws {
    // A refresh becomes possible 30 s after the previous one, and the URLs are signed every 7 s.
    let ends = (0..<30).map { start + Double($0) * 35 + 120 }
    let place = try ScriptedPlace(kind, ends.enumerated().map { ("SET\($0.offset)", $0.element) })
    defer { place.stop() }
    let store = try store(place.directSource())
    for second in stride(from: 0, to: 900, by: 7) {
      let now = start + Double(second) + 0.4
      let put = try store.presignPut("a", in: "raw", signedHeaders: [], expires: 900, at: now)
      let part = try store.presignPart(1, of: UploadID("u"), to: "a", in: "raw", length: 9, expires: 900, at: now)
      let get = try store.presignGet("a", in: "raw", expires: 60, at: now)
      let form = try store.presignPost("a", in: "raw", fields: [], sizes: 1...9, expires: 900, at: now)
      func end(_ credential: String?) throws -> Date {
        ends[try #require(credential?.firstMatch(of: /^SET(\d+)\//).flatMap { Int($0.1) })]
      }
      for (url, seconds) in [(put.url, put.seconds), (part.url, part.seconds), (get.url, get.seconds)] {
        let query = try query(url)
        #expect(query["X-Amz-Expires"] == String(seconds) && seconds >= 60)
        #expect(try now + Double(seconds) <= end(query["X-Amz-Credential"]))
      }
      func field(_ name: String) -> String? { form.fields.first { $0.name == name }?.value }
      let policy = try #require(field("policy").flatMap { Data(base64Encoded: $0) })
      let expiration = try #require(
        String(decoding: policy, as: UTF8.self).firstMatch(of: /"expiration": "([^"]+)"/)?.1
      )
      #expect(try Date(String(expiration), strategy: .iso8601) <= end(field("x-amz-credential")))
      #expect((60...120).contains(form.seconds))
    }
    #expect((20...30).contains(place.exchanges), "\(place.exchanges)")
  }

  @Test func `fixed credentials sign as ever, also with a token of unknown end`() throws {
    let store = try store(Credentials(accessKeyID: "A", secretAccessKey: "s", sessionToken: "t"))
    let url = try store.presignPut("a.png", in: "raw", signedHeaders: [], expires: 604_800, at: start)
    #expect(url.seconds == 604_800)
    #expect(try store.lifetime(of: 900, at: start) == 900)
    #expect(throws: StoreError.self) { try store.lifetime(of: 0, at: start) }
    #expect(throws: StoreError.self) { try store.lifetime(of: 604_801, at: start) }
  }

  @Test(arguments: [(30, 40, 30), (30, 20, nil), (60, 60, 60), (61, 60, 60), (900, 59, nil), (900, 61, 61)])
  func `a URL that was to live shorter than a minute may`(wanted: Int, left: Int, seconds: Int?) throws {
    let end = start + Double(left)
    let store = try store(Credentials(accessKeyID: "A", secretAccessKey: "s", sessionToken: "t", expiration: end))
    #expect((try? store.lifetime(of: wanted, at: start)) == seconds)
  }

  @Test func `a request without credentials is not sent, and is not repeated`() throws {
    let server = try ScriptedServer(reply(""))
    defer { server.stop() }
    let provider = DirectedProvider()
    let endpoint = try #require(S3Endpoint(server.url))
    let store = S3Store(S3Configuration(endpoint: endpoint, credentials: provider.source()))
    #expect(throws: StoreError.unavailable(detail: "credentials: nothing yet")) { try store.bucketExists("raw") }
    #expect(server.requests.isEmpty && provider.asked.count == 1)
    provider.give("KEY", end: .now + 3600)
    usleep(1_100_000)
    #expect(try store.bucketExists("raw"))
    let field = try #require(server.requests.first?.field("authorization"))
    #expect(field.contains("Credential=KEY/"))
    #expect(server.requests.first?.field("x-amz-security-token") == "\(secretMark)-token-KEY")
  }
}
