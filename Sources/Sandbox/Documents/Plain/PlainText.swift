internal import Core

/// A file of a plain type that is text; text that a browser or a computer would run is refused.
struct PlainText {
  let bytes: UnsafeRawBufferPointer
  let type: PlainType
  /// The media type that libmagic finds.
  let opinion: String

  /// The number of leading bytes that are searched for the start of markup.
  private static let reach = 64 << 10

  init(_ bytes: UnsafeRawBufferPointer, _ type: PlainType, opinion: String) {
    self.bytes = bytes
    self.type = type
    self.opinion = opinion
  }

  /// Returns true if files of the type are text.
  static func isText(_ type: PlainType) -> Bool {
    type.contentType.hasPrefix("text/") || ["application/json", "application/x-ndjson"].contains(type.contentType)
  }

  func check() throws(Refusal) {
    guard !isDisguise, !(opinion == "application/x-sylk" && hasCellRecords) else {
      throw Refusal(.typeMismatch, "libmagic says \(opinion)")
    }
    guard isTextByOpinion ? !hasZeros : isPlainUTF8 else {
      throw Refusal(.typeMismatch, "no text; libmagic says \(opinion)")
    }
  }

  private var isTextByOpinion: Bool {
    opinion.hasPrefix("text/") || opinion.hasPrefix("message/")
      || ["application/json", "application/x-ndjson"].contains(opinion)
  }

  /// True if the text is of a format that acts, or of a format that Stowage checks by its structure.
  ///
  /// A text can contain markup. It is refused only if it begins with markup.
  private var isDisguise: Bool {
    if Self.scripts.contains(opinion) || opinion.hasPrefix("text/x-script") || FileType(contentType: opinion) != nil {
      return true
    }
    if Self.markup.contains(opinion) { return start.first == UInt8(ascii: "<") }
    return type.contentType != "text/markdown" && beginsWithTag
  }

  /// The first bytes without byte order mark and white space.
  private var start: Slice<UnsafeRawBufferPointer> {
    let head = bytes.prefix(Self.reach)
    let text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head
    return text.drop { [0x09, 0x0A, 0x0C, 0x0D, 0x20].contains($0) }
  }

  /// True if browsers that guess the type of a file would take the text for HTML.
  ///
  /// Source: https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
  private var beginsWithTag: Bool {
    guard start.first == UInt8(ascii: "<") else { return false }
    let head = String(decoding: start.prefix(16), as: UTF8.self).lowercased()
    if head.hasPrefix("<!--") || head.hasPrefix("<?xml") { return true }
    return Self.tags.contains { tag in
      head.hasPrefix("<\(tag)") && head.dropFirst(tag.count + 1).first.map { " >\t\r\n/".contains($0) } == true
    }
  }

  private static let tags = [
    "!doctype html", "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b",
    "body",
    "br", "p", "svg", "img",
  ]

  private static let markup: Set = [
    "text/html", "text/xml", "application/xml", "application/xhtml+xml", "image/svg+xml", "text/x-php",
  ]

  private static let scripts: Set = [
    "application/javascript", "text/javascript", "application/x-javascript", "application/x-dosexec",
    "application/postscript", "application/rtf", "application/x-mswinurl", "application/x-ms-shortcut",
    "application/hta", "application/x-shockwave-flash", "text/x-awk", "text/x-gawk", "text/x-lua", "text/x-ms-regedit",
    "text/x-msdos-batch", "text/x-nawk", "text/x-perl", "text/x-python", "text/x-ruby", "text/x-shellscript",
    "text/x-tcl",
  ]

  /// True if a line begins like a cell or a name of a SYLK workbook, in which macros can be.
  ///
  /// libmagic takes every text that begins with `ID;P` for SYLK, also a table with the columns ID and Price.
  private var hasCellRecords: Bool {
    bytes.split(separator: UInt8(ascii: "\n")).contains { line in
      line.starts(with: "C;".utf8) || line.starts(with: "NN;".utf8)
    }
  }

  /// True if there are bytes 0 in a text that is not UTF-16 or UTF-32.
  private var hasZeros: Bool {
    !bytes.starts(with: [0xFF, 0xFE]) && !bytes.starts(with: [0xFE, 0xFF])
      && !bytes.starts(with: [0x00, 0x00, 0xFE, 0xFF]) && bytes.contains(0)
  }

  /// True if the bytes are UTF-8 without control characters other than those of text.
  ///
  /// libmagic has no opinion on a single byte, and takes some words at the start of a table for a signature.
  private var isPlainUTF8: Bool {
    var rest = bytes.makeIterator()
    var decoder = UTF8()
    while true {
      switch decoder.decode(&rest) {
      case .emptyInput: return true
      case .error: return false
      case .scalarValue(let scalar):
        let isText = [0x09, 0x0A, 0x0C, 0x0D].contains(scalar.value)
        if scalar.value < 0x20 && !isText || scalar.value == 0x7F { return false }
      }
    }
  }
}
