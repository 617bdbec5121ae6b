import Foundation
import Synchronization
import Testing
import Tokens

@Suite struct TokenVerifierTests {
  func verifier(issuer: String? = nil, audience: String? = nil) throws -> TokenVerifier {
    TokenVerifier(keys: try KeySet(Forge.jwk()), issuer: issuer, audience: audience)
  }

  func refusal(_ token: String, by verifier: TokenVerifier? = nil, at now: Date = Forge.now) throws -> TokenError {
    let verifier = try verifier ?? self.verifier()
    return try #require(throws: TokenError.self) { try verifier.verify(token, at: now) }
  }

  func isMalformed(_ token: String) throws -> Bool {
    if case .malformed = try refusal(token) { true } else { false }
  }

  @Test func `a valid token is accepted with all its claims`() throws {
    let payload = """
      {"sub":"demo","exp":1800000600.5,"nbf":1800000000,"iat":1799999999,"role":"admin","iss":"i","aud":["a","b"],"x":{}}
      """
    let claims = try verifier(issuer: "i", audience: "b").verify(Forge.token(payload: payload), at: Forge.now)
    #expect(claims.user == "demo")
    #expect(claims.role == "admin")
    #expect(claims.expiresAt == Date(timeIntervalSince1970: 1_800_000_600.5))
    #expect(claims.notBefore == Forge.now)
    #expect(claims.issuedAt == Forge.now - 1)
    #expect(claims.issuer == "i")
    #expect(claims.audience == ["a", "b"])
  }

  @Test func `a token must have exactly three strict base64url parts`() throws {
    let token = Forge.token()
    let parts = token.split(separator: ".").map(String.init)
    let wrong = [
      "", ".", "..", "...", parts[0], parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".", token + ".",
      token + ".x", token + "=", " " + token, token + "\n", token + "\0", "." + token, parts.joined(separator: ".."),
      parts[0] + "=." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + "." + parts[2].dropLast() + "+",
      parts[0] + "." + parts[1] + ".A", "Bearer " + token, token.replacingOccurrences(of: ".", with: "。"),
    ]
    for text in wrong { #expect(try isMalformed(text), "\(text)") }
  }

  @Test func `a second spelling of the same signature is malformed`() throws {
    let token = Forge.token()
    let last = try #require(token.last?.asciiValue)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    let place = try #require(alphabet.firstIndex(of: last))
    #expect(try isMalformed(token.dropLast() + String(decoding: [alphabet[place ^ 1]], as: UTF8.self)))
  }

  @Test func `a token of 8192 bytes passes and a longer one does not`() throws {
    func token(_ filling: Int) -> String {
      Forge.token(payload: #"{"sub":"demo","exp":1800000600,"x":"\#(String(repeating: "x", count: filling))"}"#)
    }
    let fitting = try #require((5900..<6100).first { token($0).utf8.count == TokenVerifier.maximumBytes })
    _ = try verifier().verify(token(fitting), at: Forge.now)
    #expect(try isMalformed(token(fitting + 1)))
  }

  @Test(arguments: [
    #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":""}"#, #"{"alg":"hs256"}"#, #"{"alg":["HS256"]}"#,
    #"{"alg":null}"#,
    #"{"typ":"JWT"}"#, #"{"alg":"HS384"}"#, #"{"alg":"RS256"}"#, #"{"alg":"HS256 "}"#, #"{"alg":"ES256K"}"#,
  ])
  func `an algorithm that is none, unknown or another than the key's is refused`(header: String) throws {
    #expect(try refusal(Forge.token(header: header)) == .algorithmRefused)
    let unsigned = Forge.token(header: header).split(separator: ".").dropLast().joined(separator: ".") + "."
    #expect(try isMalformed(unsigned))
  }

  @Test func `an algorithm that is not allowed is refused although the key supports it`() throws {
    let verifier = TokenVerifier(keys: try KeySet(Forge.jwk()), algorithms: [.rs256, .es256])
    #expect(try refusal(Forge.token(), by: verifier) == .algorithmRefused)
  }

  @Test(arguments: [
    #""crit":["exp"]"#, #""crit":[]"#, #""b64":false"#, #""b64":true"#, #""jwk":{"kty":"oct","k":"AA"}"#,
    #""jku":"https://example.org/keys""#, #""x5c":[]"#, #""x5u":"u""#, #""typ":"logout+jwt""#, #""typ":1"#,
    #""alg":"HS256""#, #""kid":7"#, #""x":"\u0000""#, #""x":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"#, #""x":1e999"#,
  ])
  func `a header with a dangerous, repeated or unreadable member is malformed`(member: String) throws {
    #expect(try isMalformed(Forge.token(header: #"{"alg":"HS256",\#(member)}"#)))
  }

  @Test(arguments: [
    "", "[]", "null", "\"HS256\"", "{\"alg\":\"HS256\"", "{\"alg\":\"HS256\"}x", "\u{FEFF}{\"alg\":\"HS256\"}",
  ])
  func `a header that is not a JSON object is malformed`(header: String) throws {
    #expect(try isMalformed(Forge.token(header: header)))
  }

  @Test func `a wrong or truncated signature is refused`() throws {
    let token = Forge.token()
    let other = Forge.token(secret: Array("another secret of 32 bytes or so".utf8))
    #expect(try refusal(other) == .signatureInvalid)
    let signature = try #require(token.split(separator: ".").last)
    let cut = token.dropLast(signature.count) + signature.prefix(4)
    #expect(try refusal(String(cut)) == .signatureInvalid)
    let swapped = Forge.token(payload: #"{"sub":"admin","exp":1800000600}"#).dropLast(signature.count) + signature
    #expect(try refusal(String(swapped)) == .signatureInvalid)
  }

  @Test(arguments: [
    #"{"exp":1800000600}"#, #"{"sub":"","exp":1800000600}"#, #"{"sub":7,"exp":1800000600}"#,
    #"{"sub":null,"exp":1800000600}"#, #"{"sub":["demo"],"exp":1800000600}"#, #"{"sub":"demo"}"#,
    #"{"sub":"demo","exp":"1800000600"}"#, #"{"sub":"demo","exp":null}"#, #"{"sub":"demo","exp":-1}"#,
    #"{"sub":"demo","exp":1e18}"#, #"{"sub":"demo","exp":99999999999999999999}"#,
    #"{"sub":"demo","sub":"admin","exp":1800000600}"#, #"{"sub":"demo","exp":1,"exp":1800000600}"#,
    #"{"sub":"demo\u0000","exp":1800000600}"#, #"{"sub":"demo","exp":1800000600,"role":["admin"]}"#,
    #"{"sub":"demo","exp":1800000600,"nbf":"0"}"#, #"{"sub":"demo","exp":1800000600,"iat":1800000601}"#,
    #"{"sub":"demo","exp":1800000600,"iat":-5}"#, #"{"sub":"demo","exp":1800000600,"iss":1}"#,
    #"{"sub":"demo","exp":1800000600,"aud":[1]}"#, #"["demo"]"#, "", #"{"sub":"demo","exp":1800000600}{}"#,
    #"{"sub":"demo","exp":1800000600,"x":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"#,
  ])
  func `claims that are missing, repeated or of another type are malformed`(payload: String) throws {
    #expect(try isMalformed(Forge.token(payload: payload)))
  }

  @Test func `a token is valid until its leeway of 60 seconds ends`() throws {
    let expiry = Date(timeIntervalSince1970: 1_800_000_600)
    _ = try verifier().verify(Forge.token(), at: expiry + 59)
    #expect(try refusal(Forge.token(), at: expiry + 60) == .expired)
    #expect(try refusal(Forge.token(), at: .distantFuture) == .expired)
  }

  @Test(arguments: ["nbf", "iat"])
  func `a token from more than 60 seconds in the future is not valid yet`(claim: String) throws {
    func token(_ time: Int) -> String { Forge.token(payload: #"{"sub":"demo","exp":1800000600,"\#(claim)":\#(time)}"#) }
    _ = try verifier().verify(token(1_800_000_060), at: Forge.now)
    #expect(try refusal(token(1_800_000_061), at: Forge.now) == .notYetValid)
  }

  @Test(arguments: ["", #","iss":"issuer/""#, #","iss":"Issuer""#])
  func `another issuer, or none, is refused`(member: String) throws {
    let token = Forge.token(payload: #"{"sub":"demo","exp":1800000600\#(member)}"#)
    #expect(try refusal(token, by: verifier(issuer: "issuer")) == .issuerRefused)
  }

  @Test(arguments: ["", #","aud":"stow""#, #","aud":["other","stowage2"]"#, #","aud":[]"#])
  func `another audience, or none, is refused`(member: String) throws {
    let token = Forge.token(payload: #"{"sub":"demo","exp":1800000600\#(member)}"#)
    #expect(try refusal(token, by: verifier(audience: "stowage")) == .audienceRefused)
  }

  @Test func `an audience as a string or in a list is accepted`() throws {
    for member in [#""stowage""#, #"["x","stowage"]"#] {
      let token = Forge.token(payload: #"{"sub":"demo","exp":1800000600,"aud":\#(member)}"#)
      _ = try verifier(audience: "stowage").verify(token, at: Forge.now)
    }
  }

  @Test func `a key is found by its identifier only`() throws {
    let keys = try KeySet(Forge.jwk(#","kid":"one""#))
    let verifier = TokenVerifier(keys: keys)
    _ = try verifier.verify(Forge.token(header: #"{"alg":"HS256","kid":"one"}"#), at: Forge.now)
    _ = try verifier.verify(Forge.token(), at: Forge.now)
    for other in ["two", "", "../one"] {
      #expect(try refusal(Forge.token(header: #"{"alg":"HS256","kid":"\#(other)"}"#), by: verifier) == .keyUnknown)
    }
  }

  @Test func `development tokens are accepted by their own verifier only`() throws {
    let jwk = Forge.jwk(#","kid":"dev","alg":"HS256""#)
    let issuer = try TokenIssuer(jwk: jwk, issuer: "i", audience: "a")
    let token = issuer.token(user: "ünï\"\\", role: "admin", lifetime: 60, at: Forge.now)
    let claims = try TokenVerifier(keys: try KeySet(jwk), issuer: "i", audience: "a").verify(token, at: Forge.now)
    #expect(claims.user == "ünï\"\\")
    #expect(claims.role == "admin")
    #expect(claims.expiresAt == Forge.now + 60)
    let named = try TokenIssuer(jwk: jwk, userClaim: "email").token(user: "a@b", lifetime: 60, at: Forge.now)
    let byEmail = TokenVerifier(keys: try KeySet(jwk), userClaim: "email")
    #expect(try byEmail.verify(named, at: Forge.now).user == "a@b")
    #expect(throws: TokenError.malformed("no sub")) {
      try TokenVerifier(keys: KeySet(jwk)).verify(named, at: Forge.now)
    }
    let other = TokenVerifier(keys: try KeySet(Forge.jwk(secret: [UInt8](repeating: 1, count: 32))))
    #expect(try refusal(token, by: other) == .signatureInvalid)
  }

  @Test func `threads verify and refuse at the same time`() throws {
    let verifier = try verifier()
    let good = Forge.token()
    let bad = Forge.token(secret: [UInt8](repeating: 7, count: 32))
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 400) { _ in
      let isRight =
        (try? verifier.verify(good, at: Forge.now)) != nil && (try? verifier.verify(bad, at: Forge.now)) == nil
      if !isRight { wrong.withLock { $0 += 1 } }
    }
    #expect(wrong.withLock { $0 } == 0)
  }
}
