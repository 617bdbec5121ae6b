import Foundation
import Signing
import Synchronization
import Testing

@Suite struct SigningTests {
  let time = Date(timeIntervalSince1970: 1_792_800_059)

  func signer(token: String? = nil) -> RequestSigner {
    let credentials = Credentials(accessKeyID: "AKID", secretAccessKey: "very secret", sessionToken: token)
    return RequestSigner(credentials: credentials, region: "eu-central-1")
  }

  func presigned(_ headers: [(name: String, value: String)], at time: Date? = nil) -> String {
    signer().presignedQuery(
      method: "PUT",
      path: "/b/k",
      query: [],
      headers: headers,
      expires: 900,
      at: time ?? self.time
    )
  }

  @Test func `header names in any case and order, and values with extra spaces, sign the same`() {
    let tidy = presigned([("content-type", "image/png"), ("host", "h"), ("x-amz-meta-a", "one two three")])
    let wild = presigned([
      ("X-AMZ-Meta-A", "  one\r\n two\t \tthree\n"), ("HOST", "h"), ("Content-TYPE", "image/png "),
    ])
    #expect(wild == tidy)
    #expect(tidy.contains("X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-meta-a&"))
  }

  @Test func `duplicate headers share one name, and their order counts`() {
    let twice = presigned([("host", "h"), ("x-amz-meta-a", "1"), ("X-Amz-Meta-A", "2")])
    #expect(twice == presigned([("host", "h"), ("x-amz-meta-a", "1,2")]))
    #expect(twice != presigned([("host", "h"), ("x-amz-meta-a", "2"), ("x-amz-meta-a", "1")]))
  }

  @Test func `a line feed in a value cannot start another header`() {
    let injected = presigned([("host", "h"), ("x-amz-meta-a", "1\nx-amz-meta-b:2")])
    #expect(injected != presigned([("host", "h"), ("x-amz-meta-a", "1"), ("x-amz-meta-b", "2")]))
    #expect(injected.contains("X-Amz-SignedHeaders=host%3Bx-amz-meta-a&"))
  }

  @Test func `every signed part changes the signature`() {
    let base = presigned([("host", "h"), ("content-length", "1")])
    #expect(presigned([("host", "h"), ("content-length", "2")]) != base)
    #expect(presigned([("host", "i"), ("content-length", "1")]) != base)
    #expect(presigned([("host", "h"), ("content-length", "1")], at: time + 1) != base)
    #expect(presigned([("host", "h"), ("content-length", "1")]) == base)
  }

  @Test func `times are in UTC, including the leap day and fractions of a second`() {
    let query = presigned([("host", "h")], at: Date(timeIntervalSince1970: 1_709_251_199.999))
    #expect(query.contains("X-Amz-Date=20240229T235959Z"))
    #expect(query.contains("%2F20240229%2Feu-central-1%2Fs3%2Faws4_request"))
  }

  @Test func `threads that sign for two days at once get the same results as one thread`() {
    let days = [time, time + 86_400]
    let signer = signer()
    let urls = days.map { presigned([("host", "h")], at: $0) }
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 400) { turn in
      let query = signer.presignedQuery(
        method: "PUT",
        path: "/b/k",
        query: [],
        headers: [("host", "h")],
        expires: 900,
        at: days[turn / 3 % 2]
      )
      if query != urls[turn / 3 % 2] { wrong.withLock { $0 += 1 } }
    }
    #expect(wrong.withLock { $0 } == 0)
  }

  @Test func `a session token is sent and signed`() {
    let added = signer(token: "t/+=").headers(
      method: "GET",
      path: "/",
      query: [],
      headers: [("host", "h")],
      payloadHash: PayloadHash.empty,
      at: time
    )
    #expect(added.map(\.name) == ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "authorization"])
    #expect(added.last?.value.contains("x-amz-content-sha256;x-amz-date;x-amz-security-token,") == true)
  }

  @Test func `no printed form of credentials contains the secret or the token`() {
    let credentials = Credentials(accessKeyID: "AKID", secretAccessKey: "very secret", sessionToken: "a token")
    var dumped = ""
    dump(credentials, to: &dumped)
    dump([Optional(credentials)], to: &dumped)
    let signer = RequestSigner(credentials: credentials, region: "r")
    _ = signer.presignedQuery(method: "GET", path: "/", query: [], headers: [("host", "h")], expires: 1, at: time)
    dump(signer, to: &dumped)
    let printed = dumped + "\(credentials)" + String(reflecting: [credentials]) + "\(Optional(credentials) as Any)"
    #expect(!printed.contains("very secret"))
    #expect(!printed.contains("a token"))
    #expect(printed.contains("AKID"))
  }

  @Test func `queries are sorted by encoded name and then value`() {
    let query = canonicalQuery([("b", ""), ("a", "2"), ("Z", "ü"), ("a", "1 +"), ("a-b", "~"), ("é", "/")])
    #expect(query == "%C3%A9=%2F&Z=%C3%BC&a=1%20%2B&a=2&a-b=~&b=")
  }
}
