/// An XML namespace in a canonical spelling, so that all spellings compare equal.
///
/// The Strict edition of Office Open XML has other namespaces for the same elements. OpenDocument includes a version in
/// the name. OpenOffice.org 1.x used other names.
/// Sources: https://ecma-international.org/publications-and-standards/standards/ecma-376/ (part 1, A; part 4, A),
/// https://docs.oasis-open.org/office/OpenDocument/v1.3/os/part1-introduction/OpenDocument-v1.3-os-part1-introduction.html
struct Namespace: Hashable {
  let name: String

  private init(name: String) { self.name = name }

  /// The namespace of a URI.
  ///
  /// The spelling must match exactly, including case.
  init(_ uri: String) {
    if let known = Self.strict[uri] {
      name = known
    } else if let family = Self.openDocument.first(where: { uri.hasPrefix($0) }) {
      let rest = uri.dropFirst(family.count)
      name = "odf:" + (rest.split(separator: ":").first ?? rest[...])
    } else {
      name = uri
    }
  }

  static let none = Namespace(name: "")
  static let word = Namespace("http://schemas.openxmlformats.org/wordprocessingml/2006/main")
  static let packageTypes = Namespace("http://schemas.openxmlformats.org/package/2006/content-types")
  static let presentation = Namespace(name: "odf:presentation")
  static let link = Namespace("http://www.w3.org/1999/xlink")

  /// True for namespaces of OpenDocument, and for XLink, which OpenDocument uses for links.
  var isOpenDocument: Bool { name.hasPrefix("odf:") || self == .link }

  /// The two URIs of WordprocessingML: Transitional and Strict.
  static let wordSpellings = [
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main",
  ]

  private static let strict: [String: String] = {
    let pairs = [
      ("wordprocessingml/main", "wordprocessingml/2006/main"), ("spreadsheetml/main", "spreadsheetml/2006/main"),
      ("presentationml/main", "presentationml/2006/main"), ("drawingml/main", "drawingml/2006/main"),
      ("drawingml/chart", "drawingml/2006/chart"), ("drawingml/diagram", "drawingml/2006/diagram"),
      ("drawingml/spreadsheetDrawing", "drawingml/2006/spreadsheetDrawing"),
      ("drawingml/wordprocessingDrawing", "drawingml/2006/wordprocessingDrawing"),
      ("officeDocument/relationships", "officeDocument/2006/relationships"),
    ]
    let known = pairs.map {
      ("http://purl.oclc.org/ooxml/" + $0.0, "http://schemas.openxmlformats.org/" + $0.1)
    }
    return Dictionary(uniqueKeysWithValues: known)
  }()

  private static let openDocument = [
    "urn:oasis:names:tc:opendocument:xmlns:", "http://openoffice.org/2000/", "http://openoffice.org/2001/",
    "http://openoffice.org/2004/",
  ]
}
