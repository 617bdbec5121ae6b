import Foundation
import Signing
import Testing
import Tokens

@Suite struct KeySetTests {
  func refusal(_ document: String) throws -> String {
    let document = Data(document.utf8)
    return try #require(throws: KeySetError.self) { try KeySet(document) }.description
  }

  @Test(arguments: [
    "", " ", "{", "{}", "[]", #"{"keys":[]}"#, #"{"keys":{}}"#, #"{"keys":["a"]}"#, #"{"kty":"oct"}"#,
    #"{"kty":"oct","k":""}"#, #"{"kty":"oct","k":7}"#, #"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#,
    #"{"kty":"RSA","n":"AAAA","e":"AQAB"}"#, #"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#,
    #"{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}"#, #"{"kty":"oct","kty":"oct","k":"AAAA"}"#,
    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "-----BEGIN CERTIFICATE-----\n", "secret",
  ])
  func `a document without a usable key is refused with an explanation`(document: String) throws {
    #expect(try refusal(document).count > 5)
  }

  @Test func `a secret must be as long as the hash`() throws {
    let short = Forge.base64URL([UInt8](repeating: 1, count: 31))
    #expect(try refusal(#"{"kty":"oct","k":"\#(short)"}"#).contains("31 bytes"))
    #expect(try KeySet(Forge.jwk()).algorithms == [.hs256])
    #expect(try KeySet(Forge.jwk(secret: [UInt8](repeating: 1, count: 48))).algorithms == [.hs256, .hs384])
    #expect(try KeySet(Forge.jwk(secret: [UInt8](repeating: 1, count: 64))).algorithms == [.hs256, .hs384, .hs512])
    #expect(throws: KeySetError.self) { try KeySet(Forge.jwk(#","alg":"HS512""#)) }
    #expect(throws: KeySetError.self) { try KeySet(Forge.jwk(#","alg":"RS256""#)) }
    #expect(throws: KeySetError.self) { try KeySet(Forge.jwk(#","alg":"none""#)) }
  }

  @Test func `a key for another use is refused`() throws {
    #expect(throws: KeySetError.self) { try KeySet(Forge.jwk(#","use":"enc""#)) }
    #expect(throws: KeySetError.self) { try KeySet(Forge.jwk(#","key_ops":["sign"]"#)) }
    #expect(throws: KeySetError.self) { try KeySet(Forge.jwk(#","key_ops":"verify""#)) }
    #expect(throws: KeySetError.self) { try KeySet(Forge.jwk(#","kid":1"#)) }
    _ = try KeySet(Forge.jwk(#","use":"sig","key_ops":["sign","verify"],"alg":"HS256""#))
  }

  @Test func `unusable keys of a set are left out and named`() throws {
    let good = String(decoding: Forge.jwk(#","kid":"good""#), as: UTF8.self)
    let set = try KeySet(Data(#"{"keys":[{"kty":"OKP"},\#(good),{"kty":"oct","k":"AA"}]}"#.utf8))
    #expect(set.skipped.count == 2)
    #expect(set.skipped.first?.hasPrefix("key 0: ") == true)
    _ = try TokenVerifier(keys: set).verify(Forge.token(), at: Forge.now)
  }

  @Test func `a set with too many keys or bytes is refused`() throws {
    let key = String(decoding: Forge.jwk(), as: UTF8.self)
    let many = [String](repeating: key, count: KeySet.maximumKeys + 1).joined(separator: ",")
    #expect(try refusal(#"{"keys":[\#(many)]}"#).contains("over 64"))
    #expect(try refusal(key + String(repeating: " ", count: KeySet.maximumBytes)).contains("bytes"))
  }

  @Test func `a development issuer accepts a secret only`() throws {
    #expect(throws: KeySetError.self) { try TokenIssuer(jwk: Data(#"{"keys":[]}"#.utf8)) }
    let long = Forge.jwk(#","alg":"HS384""#, secret: [UInt8](repeating: 1, count: 48))
    #expect(throws: KeySetError.self) { try TokenIssuer(jwk: long) }
  }

  @Test func `no printed form of keys contains a secret`() throws {
    let secret = Array("plain words that are very secret".utf8)
    let jwk = Forge.jwk(#","kid":"named""#, secret: secret)
    let keys = try KeySet(jwk)
    var printed = "\(keys) \(TokenVerifier(keys: keys))" + String(reflecting: try TokenIssuer(jwk: jwk))
    dump(keys, to: &printed)
    dump(try TokenIssuer(jwk: jwk), to: &printed)
    let bytes = secret.prefix(4).map(String.init).joined(separator: ", ")
    #expect(!printed.contains(Forge.base64URL(secret)))
    #expect(!printed.contains(bytes))
    #expect(!printed.contains("kty"))
    #expect(!printed.contains("107, 116, 121"))
    #expect(printed.contains("named"))
  }
}
