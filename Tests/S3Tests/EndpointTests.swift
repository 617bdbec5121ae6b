import Testing

@testable import S3

@Suite struct `An endpoint` {
  @Test(arguments: [
    "", "localhost", "ftp://host", "http://", "http://host/path", "http://host?x", "http://user@host", "http://host:0",
    "http://host:65536", "http://host:", "http://host:80:80", "http://[::1", "http://ho st", "file:///etc",
  ])
  func `refuses a URL that is not a plain host`(url: String) {
    #expect(S3Endpoint(url) == nil)
  }

  @Test(arguments: [
    ("http://Host", "http://host"), ("https://host:443/", "https://host"), ("http://host:80", "http://host"),
    ("https://host:80", "https://host:80"), ("HTTP://127.0.0.1:8333", "http://127.0.0.1:8333"),
    ("http://[::1]:8333", "http://[::1]:8333"), ("http://[::1]", "http://[::1]"),
  ])
  func `leaves out a default port`(url: String, wanted: String) {
    #expect(S3Endpoint(url)?.description == wanted)
  }

  @Test func `puts a bucket into the path or into the host`() throws {
    let endpoint = try #require(S3Endpoint("https://s3.example.com:9000"))
    #expect(
      endpoint.host(of: "b", .path) == "s3.example.com:9000" && endpoint.path(to: "k/l", in: "b", .path) == "/b/k/l"
    )
    #expect(endpoint.host(of: "b", .virtualHost) == "b.s3.example.com:9000")
    #expect(
      endpoint.path(to: "k/l", in: "b", .virtualHost) == "/k/l" && endpoint.path(to: nil, in: "b", .virtualHost) == "/"
    )
    #expect(endpoint.path(to: nil, in: "b", .path) == "/b")
  }
}
