import Core
import Testing

@testable import Access

/// The cookies that remain in browsers after a change of `STOWAGE_COOKIE_DOMAIN`.
@Suite struct CookieAttributesTests {
  private static let paths = ["/private/ann/", "/premium/ann/", "/premium/"]

  @Test func `with a domain, cookies without Domain and with another parent are cleared`() {
    let attributes = CookieAttributes(domain: "example.com")
    #expect(attributes.otherDomains(of: "files.example.com") == [nil, "files.example.com"])
    #expect(attributes.otherDomains(of: "example.com") == [nil])
    let lines = attributes.clearingOtherKinds(on: "files.example.com", at: Self.paths).map(\.value)
    #expect(lines.count == 2 * 3 * 4 && lines.allSatisfy { $0.contains("=; ") && $0.contains("Max-Age=0; Secure") })
    #expect(lines.contains("CloudFront-Policy=; Path=/private/ann/; Max-Age=0; Secure"))
    #expect(lines.contains("CloudFront-Policy=; Path=/premium/; Domain=files.example.com; Max-Age=0; Secure"))
    #expect(!lines.contains { $0.contains("Domain=example.com") })
  }

  @Test func `without a domain, cookies with the host or a parent of it are cleared`() {
    let attributes = CookieAttributes(domain: nil)
    #expect(
      attributes.otherDomains(of: "a.files.example.com") == ["example.com", "files.example.com", "a.files.example.com"]
    )
    #expect(attributes.otherDomains(of: "example.com") == ["example.com"])
  }

  @Test(arguments: [
    "", "localhost", "127.0.0.1", "[::1]", "a..b", ".example.com", "a.b; Path=/", "a.example.com\r\nX: y",
    "A.EXAMPLE.COM", "_.x",
  ])
  func `an address, or a host that is no name, has no parents`(host: String) {
    #expect(CookieAttributes(domain: nil).otherDomains(of: host).isEmpty)
    #expect(CookieAttributes(domain: "example.com").otherDomains(of: host) == [nil])
  }

  @Test func `a host of many labels stays below curl's limit of cookies`() {
    let host = (1...40).map { "l\($0)" }.joined(separator: ".") + ".example.com"
    for domain in [nil, "example.com", host] {
      let attributes = CookieAttributes(domain: domain)
      let count = attributes.clearingOtherKinds(on: host, at: Self.paths).count
      #expect(count == 36 && count + attributes.clearing("/").count + 8 <= 50)
    }
  }
}
