/// A type of file that Stowage can validate.
public enum FileType: String, Sendable, CaseIterable {
  /// JPEG. Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf
  case jpeg
  /// PNG. Source: https://www.w3.org/TR/png-3/
  case png
  /// WebP. Source: https://www.rfc-editor.org/rfc/rfc9649
  case webp
  /// GIF. Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
  case gif
  /// HEIC and HEIF: pictures coded by HEVC. Source: ISO/IEC 23008-12 (annex B)
  case heic
  /// AVIF: pictures coded by AV1. Source: https://aomediacodec.github.io/av1-avif/
  case avif
  /// PDF. Source: https://www.rfc-editor.org/rfc/rfc8118
  case pdf
  /// Word 97 to 2003. Source: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-doc/
  case doc
  /// Word since 2007. Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/
  case docx
  /// Excel 97 to 2003. Source: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xls/
  case xls
  /// Excel since 2007. Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/
  case xlsx
  /// PowerPoint 97 to 2003. Source: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-ppt/
  case ppt
  /// PowerPoint since 2007. Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/
  case pptx
  /// OpenDocument text. Source: https://docs.oasis-open.org/office/OpenDocument/v1.3/
  case odt
  /// OpenDocument spreadsheet. Source: https://docs.oasis-open.org/office/OpenDocument/v1.3/
  case ods
  /// OpenDocument presentation. Source: https://docs.oasis-open.org/office/OpenDocument/v1.3/
  case odp

  /// The container format of a file.
  public enum Structure: Sendable {
    /// The format is an image format.
    case image
    /// The format is PDF.
    case pdf
    /// The format is Office Open XML: parts in a ZIP archive.
    case officeOpenXML
    /// The format is OpenDocument: files in a ZIP archive.
    case openDocument
    /// The format is a compound file with streams, also called OLE or CFB.
    case compound
  }

  /// The container format of files of this type.
  public var structure: Structure {
    switch self {
    case .jpeg, .png, .webp, .gif, .heic, .avif: .image
    case .pdf: .pdf
    case .docx, .xlsx, .pptx: .officeOpenXML
    case .odt, .ods, .odp: .openDocument
    case .doc, .xls, .ppt: .compound
    }
  }

  /// The media type in lower case, without parameters.
  ///
  /// Source: https://www.iana.org/assignments/media-types/media-types.xhtml
  public var contentType: String {
    switch self {
    case .jpeg, .png, .webp, .gif, .heic, .avif: "image/\(rawValue)"
    case .pdf: "application/pdf"
    case .doc: "application/msword"
    case .docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    case .xls: "application/vnd.ms-excel"
    case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    case .ppt: "application/vnd.ms-powerpoint"
    case .pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    case .odt: "application/vnd.oasis.opendocument.text"
    case .ods: "application/vnd.oasis.opendocument.spreadsheet"
    case .odp: "application/vnd.oasis.opendocument.presentation"
    }
  }

  /// The extension in object keys and in served names, without a dot.
  public var fileExtension: String { self == .jpeg ? "jpg" : rawValue }

  /// True if Stowage renders variants of files of this type.
  public var isImage: Bool { structure == .image }

  /// The types that are accepted by default: all except HEIC and AVIF, whose decoders have many advisories.
  public static let defaults = allCases.filter { $0 != .heic && $0 != .avif }

  /// The possible types of the variant `original`; the decoder's reply states the actual one.
  ///
  /// HEIC and AVIF are not written: their original is a JPEG, or a WebP if the picture has transparent pixels.
  public var originalTypes: [FileType] { self == .heic || self == .avif ? [.jpeg, .webp] : [self] }

  /// Nil if no type has this media type; the comparison is exact, so other case or parameters give nil.
  ///
  /// `image/heif` is another name of `image/heic`: phones and browsers use both for the same files.
  public init?(contentType: String) {
    let usual = contentType == "image/heif" ? "image/heic" : contentType
    guard let type = Self.allCases.first(where: { $0.contentType == usual }) else { return nil }
    self = type
  }
}
