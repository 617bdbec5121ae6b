import Foundation
import Signing

/// Tokens with any header and payload, signed with a known secret, so that only the tested member is wrong.
enum Forge {
  static let secret = Array("a secret of exactly 32 bytes ....".utf8.prefix(32))
  static let now = Date(timeIntervalSince1970: 1_800_000_000)

  static func jwk(_ members: String = "", secret: [UInt8] = Forge.secret) -> Data {
    Data(#"{"kty":"oct","k":"\#(base64URL(secret))"\#(members)}"#.utf8)
  }

  static func token(
    header: String = #"{"alg":"HS256","typ":"JWT"}"#,
    payload: String = #"{"sub":"demo","exp":1800000600}"#,
    secret: [UInt8] = Forge.secret
  ) -> String {
    let message = base64URL(Array(header.utf8)) + "." + base64URL(Array(payload.utf8))
    return message + "." + base64URL(hmacSHA256(Array(message.utf8), key: secret))
  }

  static func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
      .replacingOccurrences(of: "=", with: "")
  }
}
