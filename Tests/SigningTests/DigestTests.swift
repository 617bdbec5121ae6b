import Signing
import Testing

@Suite struct DigestTests {
  @Test func `a hasher returns the published digests, however its bytes are split`() {
    let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    let published = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    let hasher = SHA256()
    for start in stride(from: 0, to: million.count, by: 977) {
      hasher.update(Array(million[start..<min(start + 977, million.count)]))
    }
    #expect(lowercaseHexadecimal(hasher.finalize()) == published)
    #expect(SHA256.hexadecimal(of: million) == published)
  }

  @Test func `a hasher starts again after its digest`() {
    let hasher = SHA256()
    hasher.update([1, 2, 3])
    _ = hasher.finalize()
    #expect(lowercaseHexadecimal(hasher.finalize()) == PayloadHash.empty)
    #expect(PayloadHash.of([]) == PayloadHash.empty)
  }

  /// Test cases 1, 2 and 6 of RFC 4231.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc4231#section-4
  @Test(arguments: [
    (
      [UInt8](repeating: 0x0b, count: 20), "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ])
  func `HMAC returns the published codes`(key: [UInt8], message: String, code: String) {
    #expect(lowercaseHexadecimal(hmacSHA256(Array(message.utf8), key: key)) == code)
  }

  @Test func `HMAC accepts an empty key and an empty message`() {
    let published = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    #expect(lowercaseHexadecimal(hmacSHA256([], key: [])) == published)
  }

  @Test func `MD5 is in base64 with its padding`() {
    #expect(contentMD5([]) == "1B2M2Y8AsgTpgAmY7PhCfg==")
    #expect(contentMD5(Array("abc".utf8)) == "kAFQmDzST7DWlj99KOF/cg==")
  }

  @Test func `comparison distinguishes prefixes, lengths and the last byte`() {
    #expect(constantTimeEquals("", ""))
    #expect(constantTimeEquals("token", "token"))
    for other in ["", "toke", "tokens", "tokeN", "token\0"] {
      #expect(!constantTimeEquals("token", other))
    }
    #expect(!constantTimeEquals([0, 1], [0, 1, 0]))
  }
}
