public import Foundation
import Signing

/// Makes tokens that no issuer would, signed with a known secret.
public struct TokenForge: Sendable {
  private let secret: [UInt8]

  /// A forge with this secret.
  public init(secret: [UInt8]) { self.secret = secret }

  /// A forge with the secret in the stack's key file.
  public init(_ stack: Stack) throws {
    struct Key: Decodable { var k: String }
    let file = stack.folder.appending(path: "token-key.json")
    let key = try JSONDecoder().decode(Key.self, from: Data(contentsOf: file)).k
    let padded = key.replacing("-", with: "+").replacing("_", with: "/")
    guard let secret = Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.count % 4) % 4)) else {
      throw Unexpected("the key is not base64url")
    }
    self.secret = Array(secret)
  }

  /// Returns the secret as a JWK.
  public func jwk(kid: String) -> String {
    #"{"kty":"oct","kid":"\#(kid)","k":"\#(Self.base64url(Data(secret)))"}"#
  }

  /// Returns an HS256 token for `subject`; `role` may be any JSON value.
  public func token(subject: String, role: Any? = nil, expiresAt: Date) throws -> String {
    var claims: [String: Any] = ["sub": subject, "exp": Int(expiresAt.timeIntervalSince1970)]
    claims["role"] = role
    let payload = String(decoding: try JSONSerialization.data(withJSONObject: claims), as: UTF8.self)
    return token(header: #"{"alg":"HS256","typ":"JWT"}"#, payload: payload)
  }

  /// Returns a token of exactly this header and payload, with an HS256 signature whatever the header says.
  public func token(header: String, payload: String) -> String {
    let message = Self.base64url(Data(header.utf8)) + "." + Self.base64url(Data(payload.utf8))
    return message + "." + Self.base64url(Data(hmacSHA256(Array(message.utf8), key: secret)))
  }

  /// Returns Base64url without padding.
  public static func base64url(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
