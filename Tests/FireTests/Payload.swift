import Foundation
import TestSupport

/// Bytes to upload, and the expected verdict.
struct Payload: Sendable {
  let bytes: [UInt8]
  let type: String
  let wanted: String

  /// The media type of an Excel workbook.
  static let workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

  var fileExtension: String {
    switch type {
    case "application/pdf": "pdf"
    case Payload.workbook: "xlsx"
    case "image/jpeg": "jpg"
    default: String(type.dropFirst("image/".count))
    }
  }

  /// Pictures full of detail, made once: ImageMagick takes longer than the worker.
  private static let pictures = Result {
    try [("jpeg", 1000, 750), ("jpeg", 800, 1100), ("png", 320, 240), ("webp", 1200, 900)].map {
      (type: "image/\($0.0)", bytes: try Photo.image($0.0, width: $0.1, height: $0.2))
    }
  }

  /// Returns a photo with a unique digest.
  static func jpeg() throws -> Payload { try picture(0) }

  /// Returns one of four pictures; a JPEG gets a unique digest each time.
  static func picture(_ number: Int) throws -> Payload {
    let picture = try pictures.get()[number % 4]
    guard picture.type == "image/jpeg" else {
      return Payload(bytes: picture.bytes, type: picture.type, wanted: "ready")
    }
    return own(picture.bytes)
  }

  /// Returns the JPEG with a unique digest.
  static func own(_ jpeg: [UInt8]) -> Payload {
    Payload(bytes: comment(in: jpeg, Array(UUID().uuidString.utf8)), type: "image/jpeg", wanted: "ready")
  }

  /// Returns a photo of 12 megapixels with a unique digest.
  static func large() throws -> Payload {
    own(try largePhoto.get())
  }

  private static let largePhoto = Result { try Photo.jpeg(width: 4000, height: 3000) }

  static func pdf() -> Payload { Payload(bytes: Document.pdf(), type: "application/pdf", wanted: "ready") }

  static func infected(_ signature: String) -> Payload {
    let comment = "\(UUID().uuidString) \(signature)"
    return Payload(bytes: Document.pdf(comment: comment), type: "application/pdf", wanted: "rejected:malware")
  }

  static func disguised() -> Payload {
    let html = Array("<html><script>alert('\(UUID())')</script></html>".utf8)
    return Payload(bytes: html, type: "image/png", wanted: "rejected:type_mismatch")
  }

  /// Of twenty payloads one is infected, one is no image at all, and one is a PDF.
  static func mixed(_ number: Int, signature: String) throws -> Payload {
    switch number % 20 {
    case 3: infected(signature)
    case 9: disguised()
    case 15: pdf()
    default: try picture(number)
    }
  }

  /// Makes JPEGs of one colour each, all of exactly `size` bytes.
  static func solid(_ colours: [Colour], size: Int, in folder: ScratchFolder) throws -> [[UInt8]] {
    let name = UUID().uuidString
    try folder.run(
      "convert",
      ["-size", "320x240"] + colours.map { "xc:rgb(\($0.red),\($0.green),\($0.blue))" }
        + ["-quality", "92", "+adjoin", "\(name)-%03d.jpg"]
    )
    return try colours.indices.map { index in
      let digits = String(index)
      let number = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
      let bytes = try folder.bytes("\(name)-\(number).jpg")
      return comment(in: bytes, Array(repeating: 32, count: size - bytes.count - 4))
    }
  }

  /// Inserts a comment after the JPEG's first marker.
  ///
  /// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.2.4.5)
  private static func comment(in jpeg: [UInt8], _ text: [UInt8]) -> [UInt8] {
    let length = text.count + 2
    return jpeg[..<2] + [0xFF, 0xFE, UInt8(length >> 8), UInt8(length & 255)] + text + jpeg[2...]
  }
}

/// A colour with 8 bits per channel.
struct Colour: Sendable, Hashable {
  var red: Int
  var green: Int
  var blue: Int

  /// True if no channel differs by more than lossy compression explains.
  func isClose(to other: Colour) -> Bool {
    abs(red - other.red) < 16 && abs(green - other.green) < 16 && abs(blue - other.blue) < 16
  }
}
