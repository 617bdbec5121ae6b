/// A type of file that Stowage keeps, scans, and hands out as an attachment only.
///
/// The content is compared with libmagic's opinion; only ZIP archives are also checked by their structure. Two values
/// are equal if their media types are equal.
///
/// ```swift
/// try PlainType(setting: "text/csv")  // extensions: csv
/// try PlainType(setting: "application/x-foo=foo+fo2")  // extensions: foo, fo2
/// ```
public struct PlainType: Hashable, Sendable {
  /// The media type in lower case, without parameters.
  public let contentType: String
  /// The extensions of such files in lower case, the usual one first; empty if they are unknown.
  public let extensions: [String]

  /// The extension that is appended to a name without one; `bin` if the extensions of the type are unknown.
  public var fileExtension: String { extensions.first ?? "bin" }

  /// Returns true if the media types are equal.
  public static func == (left: PlainType, right: PlainType) -> Bool { left.contentType == right.contentType }
  /// Hashes the media type.
  public func hash(into hasher: inout Hasher) { hasher.combine(contentType) }

  /// The type with this media type, with the extensions that Stowage knows; nil if the media type is malformed.
  public init?(contentType: String) {
    guard MediaType.isValid(contentType), contentType != "application/octet-stream" else { return nil }
    self.contentType = contentType
    extensions = Self.entries[contentType]?.extensions ?? []
  }

  /// The well-known type with this media type or one of its other names.
  init?(known contentType: String) {
    self.init(contentType: Self.canonical[contentType] ?? contentType)
    guard !extensions.isEmpty else { return nil }
  }

  /// The well-known type with this extension, which must be in lower case.
  init?(fileExtension: String) {
    guard let contentType = Self.byExtension[fileExtension] else { return nil }
    self.init(contentType: contentType)
  }

  /// True if Stowage knows the type's extensions and other names.
  public var isWellKnown: Bool { Self.entries[contentType] != nil }

  /// Returns true if some clients send `essence` for files with an extension of this type.
  func isReported(as essence: String) -> Bool {
    essence == contentType || Self.canonical[essence] == contentType
      || Self.entries[contentType]?.byExtension.contains(essence) == true
      || essence == contentType.prefix { $0 != "/" } + "/*"
  }

  /// The explanation of a refused element of `STOWAGE_UPLOAD_PLAIN_TYPES`.
  public struct SettingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The element and the reason.
    public let description: String
  }

  /// Parses an element of `STOWAGE_UPLOAD_PLAIN_TYPES`: a media type, or `type=extension`, with `+` between extensions.
  ///
  /// Throws for malformed and unknown media types, for types that Stowage checks by their structure, and for types
  /// that act when they are opened.
  public init(setting text: String) throws(SettingError) {
    func refuse(_ why: String) -> SettingError { SettingError(description: "\(text): \(why)") }
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let stated = parts[0].lowercased()
    guard MediaType.isValid(stated), MediaType.isSpecific(stated) else {
      throw refuse("must be a media type such as text/csv")
    }
    if case .checked? = UploadType(contentType: stated) { throw refuse("belongs into STOWAGE_UPLOAD_TYPES") }
    let contentType = Self.canonical[stated] ?? stated
    guard !Self.acts(contentType) else { throw refuse("files of this type can act in a browser or on a computer") }
    self.contentType = contentType
    if parts.count == 1 {
      extensions = Self.entries[contentType]?.extensions ?? []
      guard !extensions.isEmpty else { throw refuse("needs the extension of such files, as in \(contentType)=foo") }
    } else {
      extensions = parts[1].lowercased().split(separator: "+", omittingEmptySubsequences: false).map(String.init)
      for ending in extensions {
        guard FileName.fileExtension(of: "a.\(ending)") == ending else {
          throw refuse("an extension must be 1 to 16 letters and digits")
        }
        guard FileType(fileExtension: ending) == nil else { throw refuse(".\(ending) belongs to another type") }
        guard !Self.acting.contains(ending) else { throw refuse("files named .\(ending) can act when they are opened") }
      }
    }
  }

  /// Returns true for media types whose files browsers run, or operating systems start.
  private static func acts(_ contentType: String) -> Bool {
    let words = contentType.split { !$0.isLetter && !$0.isNumber }
    return contentType.hasPrefix("multipart/") || contentType.hasPrefix("message/")
      || words.contains { actingWords.contains(String($0)) }
  }

  private static let actingWords: Set = [
    "html", "xhtml", "svg", "xml", "javascript", "ecmascript", "jscript", "livescript", "vbscript", "typescript", "hta",
    "mhtml", "mimearchive", "wasm", "flash", "java", "jnlp", "executable", "dosexec", "sharedlib", "sh", "csh", "bat",
    "shellscript", "perl", "python", "php", "httpd", "ruby", "tcl", "lua", "msi", "package", "postscript", "xsl",
    "xslt", "xul", "rdf", "mach", "elf", "shortcut", "mswinurl", "regedit", "macroenabled", "silverlight", "css",
    "msdownload", "script",
  ]

  /// The extensions of files that act when they are opened: web pages, scripts, programs, and links to programs.
  private static let acting: Set = [
    "action", "apk", "app", "appimage", "appref", "asp", "aspx", "bash", "bat", "chm", "class", "cmd", "com", "command",
    "cpl", "csh", "css", "deb", "desktop", "dll", "dmg", "docm", "dotm", "elf", "eps", "exe", "gadget", "hta", "htm",
    "html", "htt", "inf", "iqy", "iso", "jar", "jnlp", "js", "jse", "jsp", "ksh", "library", "lnk", "mht", "mhtml",
    "mjs", "msc", "msi", "msp", "mst", "php", "phtml", "pif", "pl", "potm", "ppam", "ppsm", "pptm", "ps", "ps1", "psm1",
    "py", "pyc", "pyw", "rb", "reg", "rpm", "run", "scf", "scpt", "scr", "sct", "sh", "shb", "shs", "shtm", "shtml",
    "slk", "so", "svg", "svgz", "swf", "terminal", "url", "vb", "vbe", "vbs", "wasm", "webloc", "wsc", "wsf", "wsh",
    "xht", "xhtml", "xlam", "xll", "xlsb", "xlsm", "xltm", "xml", "xsl", "xslt", "xul", "zsh",
  ]
}
