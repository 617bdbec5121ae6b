import Foundation
import Signing
import Testing
import Tokens

/// Keys and signatures that the `openssl` command makes, in a folder of the test's own.
@Suite struct PublicKeyTests {
  @Test func `an RSA key in PEM verifies RS and PS and never HS`() throws {
    let pair = try KeyPair("RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    let keys = try KeySet(pair.publicPEM)
    #expect(keys.algorithms == [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512])
    let verifier = TokenVerifier(keys: keys)
    let token = try pair.token(algorithm: "RS256", "-sha256")
    #expect(try verifier.verify(token, at: Forge.now).subject == "demo")
    let pss = try pair.token(
      algorithm: "PS512",
      "-sha512",
      "-sigopt",
      "rsa_padding_mode:pss",
      "-sigopt",
      "rsa_pss_saltlen:-1"
    )
    #expect(try verifier.verify(pss, at: Forge.now).subject == "demo")

    let confused = Forge.token(secret: Array(pair.publicPEM))
    #expect(throws: TokenError.algorithmRefused) { try verifier.verify(confused, at: Forge.now) }
    #expect(throws: TokenError.signatureInvalid) {
      try verifier.verify(pair.token(algorithm: "PS256", "-sha256"), at: Forge.now)
    }
    #expect(throws: TokenError.signatureInvalid) {
      try verifier.verify(KeyPair("RSA").token(algorithm: "RS256", "-sha256"), at: Forge.now)
    }
  }

  @Test func `a curve's key in PEM is bound to the algorithm of its curve`() throws {
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
  func `keys that are weak or of another kind are refused`(kind: [String]) throws {
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

/// A key pair in files, which go with it.
final class KeyPair {
  private let folder: URL
  let publicPEM: Data

  convenience init(_ options: String...) throws { try self.init(options) }

  init(_ options: [String]) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "stowage-keys-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    let file = folder.appending(path: "key.pem").path
    _ = try Self.openssl(["genpkey", "-algorithm"] + options + ["-out", file])
    publicPEM = try Self.openssl(["pkey", "-in", file, "-pubout"])
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var privatePEM: Data { get throws { try Data(contentsOf: folder.appending(path: "key.pem")) } }

  func token(algorithm: String, _ options: String...) throws -> String {
    let header = Forge.base64URL(Array(#"{"alg":"\#(algorithm)"}"#.utf8))
    let message = header + "." + Forge.base64URL(Array(#"{"sub":"demo","exp":1800000600}"#.utf8))
    let file = folder.appending(path: "message")
    try Data(message.utf8).write(to: file)
    let key = folder.appending(path: "key.pem").path
    let signature = try Self.openssl(["dgst"] + options + ["-sign", key, file.path])
    return message + "." + Forge.base64URL(Array(signature))
  }

  private static func openssl(_ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return data
  }
}
