/// A type of file that Stowage knows how to judge.
public enum FileType: String, Sendable, CaseIterable {
  /// JPEG. Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf
  case jpeg
  /// PNG. Source: https://www.w3.org/TR/png-3/
  case png
  /// WebP. Source: https://www.rfc-editor.org/rfc/rfc9649
  case webp
  /// GIF. Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
  case gif
  /// PDF. Source: https://www.rfc-editor.org/rfc/rfc8118
  case pdf

  /// The media type, lowercase and without parameters.
  public var contentType: String { self == .pdf ? "application/pdf" : "image/\(rawValue)" }

  /// The extension in keys and served names, without a dot.
  public var fileExtension: String { self == .jpeg ? "jpg" : rawValue }

  /// Whether variants are rendered from it.
  public var isImage: Bool { self != .pdf }

  /// Nil where no type has this media type; case and parameters are not folded away.
  public init?(contentType: String) {
    guard let type = Self.allCases.first(where: { $0.contentType == contentType }) else { return nil }
    self = type
  }

  /// How many leading bytes `init(leadingBytes:)` wants to see.
  public static let signatureLength = 16

  /// The type that the first bytes of a file announce, each signature at offset 0.
  ///
  /// Source: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
  public init?(leadingBytes bytes: some Sequence<UInt8>) {
    let head = Array(bytes.prefix(Self.signatureLength))
    func starts(_ signature: [UInt8], at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: signature) }
    if starts([0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if starts([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if starts(Array("RIFF".utf8)), starts(Array("WEBPVP".utf8), at: 8) {
      self = .webp
    } else if starts(Array("GIF87a".utf8)) || starts(Array("GIF89a".utf8)) {
      self = .gif
    } else if starts(Array("%PDF-".utf8)) {
      self = .pdf
    } else {
      return nil
    }
  }
}
