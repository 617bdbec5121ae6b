public import Foundation

/// Valid files that contain the signature of `ClamdServer`.
public enum InfectedFiles {
  /// A PDF of one empty page, with the signature in a comment.
  public static var pdf: Data {
    let bodies = [
      "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
    ]
    var text = "%PDF-1.4\n%" + String(decoding: ClamdServer.signature, as: UTF8.self) + "\n"
    var table = "xref\n0 \(bodies.count + 1)\n0000000000 65535 f \n"
    for (index, body) in bodies.enumerated() {
      let offset = String(text.utf8.count)
      table += String(repeating: "0", count: 10 - offset.count) + offset + " 00000 n \n"
      text += "\(index + 1) 0 obj\n\(body)\nendobj\n"
    }
    let start = text.utf8.count
    text += table + "trailer\n<< /Size \(bodies.count + 1) /Root 1 0 R >>\nstartxref\n\(start)\n%%EOF\n"
    return Data(text.utf8)
  }

  /// A PNG of one pixel, with the signature in a `tEXt` chunk.
  public static var png: Data {
    let pixel = """
      iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
      """
    guard let clean = Data(base64Encoded: pixel) else { return Data() }
    let end = clean.suffix(12)
    let content = Array("tEXtComment\0".utf8) + ClamdServer.signature
    return clean.dropLast(12) + bigEndian(UInt32(content.count - 4)) + content + bigEndian(checksum(content)) + end
  }

  private static func bigEndian(_ number: UInt32) -> Data { withUnsafeBytes(of: number.bigEndian) { Data($0) } }

  /// Returns the CRC of a PNG chunk.
  ///
  /// Source: https://www.w3.org/TR/png/#D-CRCAppendix
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1 }
    }
  }
}
