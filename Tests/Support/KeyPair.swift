public import Foundation

/// A key pair made by the `openssl` command; its files are deleted with the object.
public final class KeyPair: Sendable {
  private let folder: ScratchFolder
  /// The public key.
  public let publicPEM: Data

  /// Makes a pair with `openssl genpkey -algorithm` and these options.
  public convenience init(_ options: String...) throws { try self.init(options) }

  /// Makes a pair with `openssl genpkey -algorithm` and these options.
  public init(_ options: [String]) throws {
    folder = try ScratchFolder()
    let file = folder.file("key.pem")
    try run("openssl", ["genpkey", "-algorithm"] + options + ["-out", file])
    publicPEM = try run("openssl", ["pkey", "-in", file, "-pubout"])
  }

  /// The private key.
  public var privatePEM: Data { get throws { try Data(folder.bytes("key.pem")) } }

  /// The public key of an RSA pair as a JWK.
  public func jwk(kid: String) throws -> String {
    let line = String(
      decoding: try run("openssl", ["rsa", "-in", folder.file("key.pem"), "-noout", "-modulus"]),
      as: UTF8.self
    )
    let digits = Array(line.trimmingCharacters(in: .whitespacesAndNewlines).dropFirst("Modulus=".count))
    let modulus = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
    return #"{"kty":"RSA","kid":"\#(kid)","n":"\#(TokenForge.base64url(Data(modulus)))","e":"AQAB"}"#
  }

  /// Returns a token of this header and payload, signed by `openssl dgst` with these options.
  public func token(header: String, payload: String, _ options: [String]) throws -> String {
    let message = TokenForge.base64url(Data(header.utf8)) + "." + TokenForge.base64url(Data(payload.utf8))
    let file = try folder.write(Array(message.utf8), to: UUID().uuidString)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let signature = try run("openssl", ["dgst"] + options + ["-sign", folder.file("key.pem"), file])
    return message + "." + TokenForge.base64url(signature)
  }
}
