public import Foundation

/// Makes tokens that no issuer would, signed with the stack's own secret by OpenSSL's command line.
public struct TokenForge {
  private let secret: Data

  /// Takes the secret out of the stack's key file.
  public init(_ stack: Stack) throws {
    struct Key: Decodable { var k: String }
    let file = stack.folder.appending(path: "token-key.json")
    let key = try JSONDecoder().decode(Key.self, from: Data(contentsOf: file)).k
    let padded = key.replacing("-", with: "+").replacing("_", with: "/")
    guard let secret = Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.count % 4) % 4)) else {
      throw Unexpected("the key is not base64url")
    }
    self.secret = secret
  }

  /// An HS256 token for `subject`; `role` is anything that JSON can say.
  public func token(subject: String, role: Any? = nil, expiresAt: Date) throws -> String {
    let header = Self.base64url(Data(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
    var claims: [String: Any] = ["sub": subject, "exp": Int(expiresAt.timeIntervalSince1970)]
    claims["role"] = role
    let signed = header + "." + Self.base64url(try JSONSerialization.data(withJSONObject: claims))
    let input = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data(signed.utf8).write(to: input)
    defer { try? FileManager.default.removeItem(at: input) }
    let hexKey = secret.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let mac = try run(
      "openssl",
      ["dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:\(hexKey)", "-binary", input.path]
    )
    return signed + "." + Self.base64url(mac)
  }

  private static func base64url(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
