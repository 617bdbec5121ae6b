internal import FoundationEssentials

/// Base64 in CloudFront's variant, with `-`, `_` and `~` for `+`, `=` and `/`; each value has exactly one valid
/// encoding.
///
/// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-setting-signed-cookie-custom-policy.html
enum CloudFrontBase64 {
  static func encode(_ bytes: [UInt8]) -> String {
    let spelled = Data(bytes).base64EncodedString().utf8.map { byte in
      switch byte {
      case UInt8(ascii: "+"): UInt8(ascii: "-")
      case UInt8(ascii: "="): UInt8(ascii: "_")
      case UInt8(ascii: "/"): UInt8(ascii: "~")
      default: byte
      }
    }
    return String(decoding: spelled, as: UTF8.self)
  }

  /// Decodes bytes; nil for any text that `encode` does not produce.
  static func decode(_ text: String) -> [UInt8]? {
    let plain = text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "=")
      case UInt8(ascii: "~"): UInt8(ascii: "/")
      default: byte
      }
    }
    guard let data = Data(base64Encoded: Data(plain)) else { return nil }
    let bytes = Array(data)
    return !bytes.isEmpty && encode(bytes) == text ? bytes : nil
  }
}
