public import Core

/// A small, valid document of Office Open XML, part by part.
public struct OfficeFile: Sendable {
  /// Types by part name.
  public var types: [(part: String, type: String)]
  /// Types by extension.
  public var defaults = [
    ("rels", "application/vnd.openxmlformats-package.relationships+xml"), ("xml", "application/xml"),
    ("bin", "application/octet-stream"),
  ]
  /// The package's relationships, each as an XML element.
  public var relationships: [String]
  /// All parts except the content types and the package's relationships.
  public var parts: [(name: String, content: [UInt8])]

  /// A document of `type`, which is docx, xlsx or pptx.
  public init(_ type: FileType) {
    let family = "application/vnd.openxmlformats-officedocument."
    let main: (String, String, String) =
      switch type {
      case .xlsx: ("xl/workbook.xml", "spreadsheetml.sheet.main+xml", "workbook")
      case .pptx: ("ppt/presentation.xml", "presentationml.presentation.main+xml", "presentation")
      default: ("word/document.xml", "wordprocessingml.document.main+xml", "document")
      }
    types = [("/" + main.0, family + main.1)]
    relationships = [Self.relationship("officeDocument", main.0)]
    parts = [(main.0, Array("<\(main.2)/>".utf8))]
  }

  /// Returns the element of a relationship, with an identifier derived from the arguments; `type` is the end of its
  /// URI.
  public static func relationship(_ type: String, _ target: String, isExternal: Bool = false) -> String {
    let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    let mode = isExternal ? " TargetMode=\"External\"" : ""
    let sum = (target + mode).utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF }
    return "<Relationship Id=\"r\(type)\(sum)\" Type=\"\(base)\(type)\" Target=\"\(target)\"\(mode)/>"
  }

  /// Returns a `.rels` part with these relationships.
  public static func list(_ relationships: [String]) -> String {
    let space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return "<?xml version=\"1.0\"?><Relationships xmlns=\"\(space)\">\(relationships.joined())</Relationships>"
  }

  /// Adds a part, with its content type if `type` is given.
  public mutating func add(_ name: String, _ content: [UInt8], type: String? = nil) {
    parts.append((name, content))
    if let type { types.append(("/" + name, type)) }
  }

  /// The archive of all parts.
  public var archive: ZipBuilder {
    let space = "http://schemas.openxmlformats.org/package/2006/content-types"
    let defaults = defaults.map { "<Default Extension=\"\($0.0)\" ContentType=\"\($0.1)\"/>" }
    let overrides = types.map { "<Override PartName=\"\($0.part)\" ContentType=\"\($0.type)\"/>" }
    let list = "<?xml version=\"1.0\"?><Types xmlns=\"\(space)\">\((defaults + overrides).joined())</Types>"
    return ZipBuilder(
      [.init("[Content_Types].xml", list), .init("_rels/.rels", Self.list(relationships))]
        + parts.map { .init($0.name, $0.content) }
    )
  }

  /// The bytes of the file.
  public var bytes: [UInt8] { archive.bytes }
}
