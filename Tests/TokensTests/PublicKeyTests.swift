import Foundation
import Signing
import TestSupport
import Testing
import Tokens

/// Keys and signatures made by the `openssl` command in a temporary folder.
@Suite struct PublicKeyTests {
  @Test func `an RSA key in PEM verifies RS and PS and never HS`() throws {
    let pair = try KeyPair("RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    let keys = try KeySet(pair.publicPEM)
    #expect(keys.algorithms == [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512])
    let verifier = TokenVerifier(keys: keys)
    let token = try pair.token(algorithm: "RS256", "-sha256")
    #expect(try verifier.verify(token, at: Forge.now).user == "demo")
    let pss = try pair.token(
      algorithm: "PS512",
      "-sha512",
      "-sigopt",
      "rsa_padding_mode:pss",
      "-sigopt",
      "rsa_pss_saltlen:-1"
    )
    #expect(try verifier.verify(pss, at: Forge.now).user == "demo")

    let confused = Forge.token(secret: Array(pair.publicPEM))
    #expect(throws: TokenError.algorithmRefused) { try verifier.verify(confused, at: Forge.now) }
    #expect(throws: TokenError.signatureInvalid) {
      try verifier.verify(pair.token(algorithm: "PS256", "-sha256"), at: Forge.now)
    }
    #expect(throws: TokenError.signatureInvalid) {
      try verifier.verify(KeyPair("RSA").token(algorithm: "RS256", "-sha256"), at: Forge.now)
    }
  }

  @Test func `an elliptic curve key in PEM is bound to the algorithm of its curve`() throws {
    let pair = try KeyPair("EC", "-pkeyopt", "ec_paramgen_curve:P-384")
    #expect(try KeySet(pair.publicPEM).algorithms == [.es384])
  }

  @Test func `several public keys in one PEM document are all tried`() throws {
    let first = try KeyPair("EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    let second = try KeyPair("RSA")
    let keys = try KeySet(first.publicPEM + Data("\ncomment\n".utf8) + second.publicPEM)
    #expect(keys.algorithms.contains(.es256))
    _ = try TokenVerifier(keys: keys).verify(second.token(algorithm: "RS384", "-sha384"), at: Forge.now)
  }

  @Test(arguments: [
    ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"], ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], ["ED25519"],
  ])
  func `weak keys and keys of other types are refused`(kind: [String]) throws {
    let pem = try KeyPair(kind).publicPEM
    #expect(throws: KeySetError.self) { try KeySet(pem) }
  }

  @Test func `a private key or a broken block is refused`() throws {
    let pair = try KeyPair("EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    let secret = try pair.privatePEM
    #expect(throws: KeySetError.self) { try KeySet(secret) }
    #expect(throws: KeySetError.self) { try KeySet(pair.publicPEM + secret) }
    let broken = Data(String(decoding: pair.publicPEM, as: UTF8.self).replacingOccurrences(of: "A", with: "!").utf8)
    #expect(throws: KeySetError.self) { try KeySet(pair.publicPEM + broken) }
  }
}

extension KeyPair {
  fileprivate func token(algorithm: String, _ options: String...) throws -> String {
    try token(header: #"{"alg":"\#(algorithm)"}"#, payload: #"{"sub":"demo","exp":1800000600}"#, options)
  }
}
