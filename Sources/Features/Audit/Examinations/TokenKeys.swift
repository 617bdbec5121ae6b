import Core
import Foundation
import S3

/// The document with the token keys, as far as its strength is concerned.
struct TokenKeys {
  /// A secret of the document, as written and decoded.
  struct Secret {
    let written: [UInt8]
    let decoded: [UInt8]
  }

  /// The file, or nil if the keys come from elsewhere.
  let path: String?
  let place: String
  private(set) var secrets: [Secret] = []
  private(set) var strength: Observation
  private(set) var privacy: Observation

  private static let maximumBytes = 1 << 20

  init(_ settings: TokenSettings) {
    guard settings.identity == .jwt else {
      (path, place) = (nil, "STOWAGE_IDENTITY")
      strength = .pass("nginx tells who asks; tokens count for nothing")
      privacy = strength
      return
    }
    guard case .file(let file)? = settings.keys else {
      (path, place) = (nil, "STOWAGE_TOKEN_KEY_URL")
      strength = .pass(
        "a URL gives public keys only: Stowage refuses secrets from there, and RSA keys below 2,048 bits"
      )
      privacy = strength
      return
    }
    (path, place) = (file, file)
    strength = .unknown("\(file): cannot be read")
    privacy = strength
    guard let handle = FileHandle(forReadingAtPath: file),
      let data = try? handle.read(upToCount: Self.maximumBytes)
    else { return }
    read(data)
  }

  private mutating func read(_ data: Data) {
    let text = String(decoding: data, as: UTF8.self)
    if text.contains("-----BEGIN ") {
      strength = .pass("PEM; Stowage refuses RSA keys below 2,048 bits")
      privacy = text.contains("PRIVATE KEY-----") ? .fail("has a private key (PEM)") : .pass("has public keys only")
      return
    }
    guard let document = try? JSONValue(json: Array(data)) else {
      strength = .unknown("is neither PEM nor a JWK")
      privacy = strength
      return
    }
    let keys = document["keys"]?.items ?? [document]
    strength = .pass("\(Wording.number(keys.count, "key")), none of them weak")
    for key in keys {
      if let weakness = weakness(of: key) { strength = .fail(weakness) }
    }
    let isPrivate = keys.contains { $0["kty"]?.string != "oct" && $0["d"] != nil }
    privacy = isPrivate ? .fail("has a private key (d)") : .pass("has no private key")
  }

  /// Returns the weakness of a key; nil for a strong one.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc7518#section-3.2
  private mutating func weakness(of key: JSONValue) -> String? {
    let name = key["kid"]?.string.map { "the key \($0)" } ?? "a key"
    switch key["kty"]?.string {
    case "oct":
      let written = key["k"]?.string ?? ""
      let bytes = Self.decoded(written) ?? []
      secrets.append(Secret(written: Array(written.utf8), decoded: bytes))
      if bytes.count < 32 { return "\(name) is a secret of \(bytes.count) bytes" }
      // 32 random bytes have at least 20 different values, and 64 random hex digits at least 10, but for one draw in billions.
      let isHex = bytes.count >= 64 && bytes.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
      return Set(bytes).count < (isHex ? 10 : 20) ? "\(name) is a secret of \(Set(bytes).count) different bytes" : nil
    case "RSA":
      let modulus = (Self.decoded(key["n"]?.string ?? "") ?? []).drop { $0 == 0 }
      return modulus.count < 256 ? "\(name) is an RSA key of \(modulus.count * 8) bits" : nil
    default: return nil
    }
  }

  private static func decoded(_ text: String) -> [UInt8]? {
    let standard = text.replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
    return Data(base64Encoded: standard + padding).map { Array($0) }
  }
}
