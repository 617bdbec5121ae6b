import Foundation
import TestSupport
import Testing

@testable import Tokens

/// Refused cookies and the reasons; each case has exactly one fault.
@Suite struct SignedCookieTests {
  private static let base = "https://files.example.com"
  private static let url = base + "/private/ann/0199/thumb.webp"
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)
  private static let end: Int64 = 1_800_000_600

  private let pair: KeyPair
  private let signer: CookieSigner
  private let verifier: CookieVerifier

  init() throws {
    pair = try KeyPair("EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    signer = try CookieSigner(keyPairID: "PAIR", pem: pair.privatePEM)
    verifier = signer.verifier
  }

  private func policy(
    _ resource: String = base + "/private/ann/*",
    expires: Int64 = end,
    begins: Int64? = nil,
    addresses: String? = nil
  ) throws -> CookiePolicy {
    let range = try addresses.map { try #require(AddressRange($0)) }
    return try #require(CookiePolicy(resource: resource, expires: expires, begins: begins, addresses: range))
  }

  private func cookies(_ policy: CookiePolicy) throws -> SignedCookies { try #require(signer.cookies(for: policy)) }

  /// Returns correctly signed cookies with a policy that Stowage would never write.
  private func cookies(text: String) throws -> SignedCookies {
    var cookies = try cookies(policy())
    let key = try CookieKey(privatePEM: pair.privatePEM)
    cookies.policy = CloudFrontBase64.encode(Array(text.utf8))
    cookies.signature = CloudFrontBase64.encode(try #require(key.signature(of: Array(text.utf8), .sha256)))
    return cookies
  }

  /// Returns the reason why `cookies` are refused; nil if they are accepted.
  private func refusal(
    _ cookies: SignedCookies,
    url: String = url,
    address: String = "192.0.2.7",
    at now: Date = now
  ) -> CookieRefusal? {
    do throws(CookieRefusal) {
      _ = try verifier.verify(cookies, for: url, from: address, at: now)
      return nil
    } catch {
      return error
    }
  }

  @Test func `cookies are valid until their end and not a second longer`() throws {
    let cookies = try cookies(policy())
    #expect(try verifier.verify(cookies, for: Self.url, from: "", at: Self.now).timeIntervalSince1970 == 1_800_000_600)
    #expect(refusal(cookies, at: Date(timeIntervalSince1970: 1_800_000_599.9)) == nil)
    #expect(refusal(cookies, at: Date(timeIntervalSince1970: 1_800_000_600)) == .expired)
  }

  @Test func `cookies with a later start are not valid before`() throws {
    let cookies = try cookies(policy(begins: 1_800_000_100))
    #expect(refusal(cookies) == .notYetValid)
    #expect(refusal(cookies, at: Date(timeIntervalSince1970: 1_800_000_100)) == nil)
  }

  @Test func `a policy or a signature with one changed bit is refused`() throws {
    let sound = try cookies(policy())
    let text = try #require(sound.policy.flatMap { CloudFrontBase64.decode($0) })
    for index in text.indices {
      var tampered = text
      tampered[index] ^= 1
      var cookies = sound
      cookies.policy = CloudFrontBase64.encode(tampered)
      #expect(refusal(cookies) == .forged)
    }
    let signature = try #require(sound.signature.flatMap { CloudFrontBase64.decode($0) })
    for index in signature.indices {
      var tampered = signature
      tampered[index] ^= 1
      var cookies = sound
      cookies.signature = CloudFrontBase64.encode(tampered)
      #expect(refusal(cookies) == .forged)
    }
  }

  @Test func `each key pair counts under its own identifier only`() throws {
    let other = try KeyPair("RSA")
    let both = try CookieVerifier(pems: ["OTHER": other.publicPEM]).adding(verifier)
    let new = try CookieSigner(keyPairID: "OTHER", pem: other.privatePEM)
    let old = try cookies(policy())
    let fresh = try #require(new.cookies(for: policy()))
    #expect(refusal(fresh) == .unknownKey)
    for cookies in [old, fresh] {
      _ = try both.verify(cookies, for: Self.url, from: "", at: Self.now)
      var swapped = cookies
      swapped.keyPairID = cookies.keyPairID == "PAIR" ? "OTHER" : "PAIR"
      #expect(throws: CookieRefusal.forged) { try both.verify(swapped, for: Self.url, from: "", at: Self.now) }
    }
  }

  @Test func `a hash other than the signature's, or an unknown one, is refused`() throws {
    var cookies = try cookies(policy())
    for (name, reason) in [
      (nil, .forged), ("SHA1", .forged), ("sha256", .unknownHash), ("MD5", .unknownHash), ("", .unknownHash),
    ] as [(String?, CookieRefusal)] {
      cookies.hashAlgorithm = name
      #expect(refusal(cookies) == reason, "\(name ?? "none")")
    }
  }

  @Test func `a missing cookie, or a canned and a custom policy together, is refused`() throws {
    let sound = try cookies(policy())
    for member in [\SignedCookies.policy, \.signature, \.keyPairID] {
      var cookies = sound
      cookies[keyPath: member] = nil
      #expect(refusal(cookies) == .incomplete)
    }
    var cookies = sound
    cookies.expires = "1800000600"
    #expect(refusal(cookies) == .mixed)
  }

  @Test(arguments: [
    (base + "/private/ann/0199/thumb.webp", true), (base + "/private/ann/0199/*", true),
    (base + "/private/ann/0199/thumb.????", true), (base + "/*/thumb.webp", true), ("*", true),
    ("http*://files.example.com/private/ann/*", true), (base + "/private/ann/**", true),
    (base + "/private/ann/0199/thumb.web", false), (base + "/private/ann/0199/thumb.webp?", false),
    (base + "/private/ann/?", false), (base + "/private/an/*", false), (base + "/private/anna/*", false),
    (base + "/premium/ann/*", false), (base + "/PRIVATE/ann/*", false), (base + "/private/ann", false),
    ("http://files.example.com/private/ann/*", false), ("https://files.example.org/private/ann/*", false),
    ("https://files.example.com:443/private/ann/*", false), ("https://evil.example.com/*", false),
    (base + "//private/ann/*", false), (base + "/private/ann/%2a", false), (base + "/private/bob/../ann/*", false),
    ("/private/ann/*", false), (base + "/*/nobody/*", false),
  ])
  func `a resource allows the URLs that it matches literally`(resource: String, allows: Bool) throws {
    #expect(refusal(try cookies(policy(resource))) == (allows ? nil : .otherResource))
  }

  @Test func `a wildcard matches slashes too, so a user's path must end with a slash`() throws {
    let cookies = try cookies(policy(Self.base + "/private/an*"))
    #expect(refusal(cookies, url: Self.base + "/private/anna/f/thumb.webp") == nil)
    let closed = try self.cookies(policy(Self.base + "/private/an/*"))
    #expect(refusal(closed, url: Self.base + "/private/anna/f/thumb.webp") == .otherResource)
  }

  @Test func `a pattern of many wildcards is matched quickly`() throws {
    let resource = Self.base + String(repeating: "/*a", count: 400)
    let url = Self.base + String(repeating: "/a", count: 4000) + "b"
    let cookies = try cookies(policy(resource))
    let start = ContinuousClock.now
    #expect(refusal(cookies, url: url) == .otherResource)
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test(arguments: [
    ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false), ("192.0.2.7", "192.0.2.7", true),
    ("192.0.2.7/32", "192.0.2.8", false), ("192.0.2.129/25", "192.0.2.200", true), ("0.0.0.0/0", "203.0.113.9", true),
    ("192.0.2.0/24", "::ffff:192.0.2.1", true), ("0.0.0.0/0", "2001:db8::1", false),
    ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
    ("2001:db8::1", "2001:db8:0:0::1", true), ("::/0", "192.0.2.1", false), ("192.0.2.0/24", "", false),
    ("192.0.2.0/24", "unix:", false), ("192.0.2.0/24", "192.0.2.1 ", false),
  ])
  func `an address range allows its own addresses`(range: String, address: String, allows: Bool) throws {
    #expect(refusal(try cookies(policy(addresses: range)), address: address) == (allows ? nil : .otherAddress))
  }

  @Test(arguments: [
    "", "192.0.2", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/024", "192.0.2.0/", "/24", "192.0.2.0/24/8",
    "2001:db8::/129",
    "192.0.2.256", "example.com", "192.0.2.0/+4", " 192.0.2.0",
  ])
  func `an invalid address range is refused`(text: String) { #expect(AddressRange(text) == nil) }

  @Test(arguments: [
    "{}", "[]", "null", #"{"Statement":[]}"#, #"{"Statement":{}}"#,
    #"{"Statement":[{"Resource":"*"}]}"#,
    #"{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1800000600}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateGreaterThan":{"AWS:EpochTime":1}}}]}"#,
    #"{"Statement":[{"Resource":["*"],"Condition":{"DateLessThan":{"AWS:EpochTime":1800000600}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":"1800000600"}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600.5}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1e99}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":99999999999999}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600},"Nothing":{}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600,"x":1}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1,"AWS:EpochTime":1800000600}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600},"IpAddress":{}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600},"DateGreaterThan":5}}]}"#,
    #"{"Statement":[{"Resource":"*","Effect":"Allow","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600}}}],"Id":"x"}"#,
    #"{"Statement":[{"Resource":"x","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600}}},{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600}}}]}"#,
    #"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600}}}]} x"#,
    #"{"Statement":[{"Resource":"\u0000*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600}}}]}"#,
    #"{"Statement":[{"Resource":"","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600}}}]}"#,
  ])
  func `a signed but malformed policy is refused`(text: String) throws {
    #expect(refusal(try cookies(text: text)) == .badPolicy)
  }

  @Test func `a policy may contain white space, and is limited to 2 kB`() throws {
    let spaced = #"{ "Statement": [ {"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000600}}} ] }"#
    #expect(refusal(try cookies(text: spaced)) == nil)
    let long = spaced + String(repeating: " ", count: 2048)
    #expect(refusal(try cookies(text: long)) == .malformed)
  }

  @Test func `a value has exactly one valid spelling`() throws {
    let sound = try cookies(policy(Self.base + "/private/ann/0199/*"))
    let text = try #require(sound.policy)
    let signature = try #require(sound.signature)
    for spell: (String) -> String in [
      { $0 + "_" }, { $0 + "=" }, { $0 + "____" }, { " " + $0 }, { $0 + "\r\n" }, { "\"\($0)\"" },
      { $0.replacing("_", with: "=") + "!" },
      { String($0.dropLast()) }, { _ in "" }, { _ in "!" }, { $0 + "é" }, { $0 + "\0" },
    ] {
      var cookies = sound
      cookies.policy = spell(text)
      #expect(refusal(cookies) == .malformed || refusal(cookies) == .forged)
      cookies = sound
      cookies.signature = spell(signature)
      #expect(refusal(cookies) == .malformed || refusal(cookies) == .forged)
    }
    #expect(CloudFrontBase64.decode("QQ__") == [0x41])
    for other in ["QQ==", "QR__", "QQ", "QQ_", "Q_Q_", "+A__", "/A__"] {
      #expect(CloudFrontBase64.decode(other) == nil)
    }
  }

  @Test func `a signature of any length is refused without a separate error`() throws {
    var cookies = try cookies(policy())
    cookies.signature = CloudFrontBase64.encode([UInt8](repeating: 1, count: 60_000))
    #expect(refusal(cookies) == .malformed)
    cookies.signature = CloudFrontBase64.encode([1])
    #expect(refusal(cookies) == .forged)
  }

  @Test func `a canned policy is for one URL, and its expiry is signed`() throws {
    let canned = try #require(signer.cannedCookies(for: policy(Self.url)))
    #expect(canned.policy == nil && canned.expires == "1800000600")
    #expect(refusal(canned) == nil)
    #expect(refusal(canned, url: Self.base + "/private/ann/0199/medium.webp") == .forged)
    #expect(refusal(canned, at: Date(timeIntervalSince1970: 1_800_000_600)) == .expired)
    for spelling in ["1800000601", "01800000600", "+1800000600", " 1800000600", "1800000600.0", "-1", "", "x"] {
      var cookies = canned
      cookies.expires = spelling
      #expect(refusal(cookies) == (spelling == "1800000601" ? .forged : .malformed), "\(spelling)")
    }
    #expect(signer.cannedCookies(for: try policy()) == nil, "a canned policy has no wildcards")
    #expect(signer.cannedCookies(for: try policy(Self.url, begins: 5)) == nil)
  }

  @Test(arguments: [
    ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"], ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"], ["ED25519"],
  ])
  func `key pairs that CloudFront does not accept are refused`(kind: [String]) throws {
    let pair = try KeyPair(kind)
    #expect(throws: KeySetError.self) { try CookieSigner(keyPairID: "PAIR", pem: pair.privatePEM) }
    #expect(throws: KeySetError.self) { try CookieVerifier(pems: ["PAIR": pair.publicPEM]) }
  }

  @Test func `a public key in place of a private one, or the reverse, is refused`() throws {
    #expect(throws: KeySetError.self) { try CookieSigner(keyPairID: "PAIR", pem: pair.publicPEM) }
    #expect(throws: KeySetError.self) { try CookieVerifier(pems: ["PAIR": pair.privatePEM]) }
    #expect(throws: KeySetError.self) { try CookieSigner(keyPairID: "PAIR", pem: Data()) }
  }

  @Test(arguments: ["a\"b", "a\\b", "a b", "é", "", "a\r\nb"])
  func `a resource that JSON would escape is refused`(resource: String) {
    #expect(CookiePolicy(resource: resource, expires: 1) == nil)
  }
}
