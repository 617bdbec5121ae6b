import Foundation
import Testing

@testable import Tokens

@Suite struct VerifiedTokenCacheTests {
  private let genuine = VerifiedTokenCache()

  /// Returns true if `token` was found in the cache, without verifying its signature.
  private func isKnown(_ token: String, under edition: Int = 1) -> Bool {
    var wasAsked = false
    _ = genuine.contains(token, under: edition) {
      wasAsked = true
      return false
    }
    return !wasAsked
  }

  @Test func `a valid signature is not verified again, and an invalid one is`() {
    #expect(genuine.contains("a.b.c", under: 1) { true })
    #expect(isKnown("a.b.c"))
    #expect(!genuine.contains("a.b.d", under: 1) { false })
    #expect(!isKnown("a.b.d"))
    #expect(!isKnown("a.b.C"))
    #expect(!isKnown("a.b."))
  }

  @Test func `after a change of keys every signature is verified again, also after a change back`() {
    #expect(genuine.contains("a.b.c", under: 1) { true })
    #expect(!isKnown("a.b.c", under: 2))
    #expect(genuine.contains("d.e.f", under: 2) { true })
    #expect(!isKnown("a.b.c", under: 2))
    #expect(!isKnown("a.b.c", under: 1))
  }

  @Test func `the number of cached tokens is limited`() {
    for number in 0...VerifiedTokenCache.maximumCount { #expect(genuine.contains("\(number)", under: 1) { true }) }
    #expect(isKnown("\(VerifiedTokenCache.maximumCount)"))
    #expect(!isKnown("0"))
  }

  @Test func `a cached token still expires, and is not taken for another`() throws {
    let verifier = TokenVerifier(keys: try KeySet(Forge.jwk()), leeway: 0)
    let token = Forge.token()
    _ = try verifier.verify(token, at: Forge.now)
    _ = try verifier.verify(token, at: Forge.now + 599)
    #expect(throws: TokenError.expired) { try verifier.verify(token, at: Forge.now + 600) }
    let parts = token.split(separator: ".").map(String.init)
    let other = Forge.base64URL(Array(#"{"sub":"root","exp":1800000600}"#.utf8))
    #expect(throws: TokenError.signatureInvalid) {
      try verifier.verify([parts[0], other, parts[2]].joined(separator: "."), at: Forge.now)
    }
    let foreign = Forge.token(secret: Array("another secret of just 32 bytes.".utf8))
    for _ in 0..<2 {
      #expect(throws: TokenError.signatureInvalid) { try verifier.verify(foreign, at: Forge.now) }
    }
  }
}
