import Foundation

/// File names that break careless programs.
public enum HostileNames {
  /// A few names of each kind, for machines without the corpus.
  public static let own = [
    "a \"quoted\" name.pdf", "semi;colon, and comma.pdf", "percent%20encoded%0d%0a.pdf", "tilde~'apostrophe'.pdf",
    "filename*=UTF-8''evil.pdf", "${jndi:ldap:x}.pdf", "$(touch x).pdf", "`id`.pdf", "a|b&c>d<e.pdf", "-rf *.pdf",
    "'; DROP TABLE files; --.pdf", "<script>alert(1)<script>.pdf", "{{7*7}}.pdf", "%s%n%x.pdf", "NUL.pdf", "con",
    ".pdf",
    " leading and trailing ", "…", "Ünïcode 🏔 süß.pdf", "ﬁle ℌ ⑨.pdf", "e\u{301} or é.pdf", "👩‍👩‍👧‍👦🏳️‍🌈.pdf",
    "اسم الملف.pdf", "文件名.pdf", "\u{FEFF}bom.pdf", "zero\u{200B}width\u{2060}.pdf", "\u{FFFD}\u{FFFF}.pdf",
    "Z̮̞̠͙͔ͅ.pdf", "(╯°□°）╯.pdf", String(repeating: "ä", count: 127), String(repeating: "a", count: 255),
    "", ".", "..", "../../etc/passwd", "C:\\boot.ini", "a/b.pdf", "nul\u{0}byte.pdf", "line\nbreak.pdf",
    "header\r\nX-Evil: 1.pdf", "bell\u{7}.pdf", "\u{1B}[31mred.pdf", "delete\u{7F}.pdf", "c1\u{85}.pdf",
    "gpj.\u{202E}fdp.exe", "isolate\u{2066}d.pdf", "mark\u{200F}.pdf", "\u{200F}\u{FEFF}שלום.pdf\u{200E}",
    "paragraph\u{2029}.pdf",
    String(repeating: "ä", count: 128), String(repeating: "a", count: 256),
  ]

  /// Returns the names in STOWAGE_CORPORA; nil if the variable is not set.
  public static func corpus() throws -> [String]? {
    guard let folder = ProcessInfo.processInfo.environment["STOWAGE_CORPORA"] else { return nil }
    return try JSONDecoder().decode([String].self, from: Data(contentsOf: URL(filePath: folder + "/names/blns.json")))
  }

  /// Returns `name` as Stowage stores it: without direction marks and byte order marks at its ends, and beside its last
  /// dot.
  public static func stored(_ name: String) -> String {
    let marks: Set<UInt32> = [0x200E, 0x200F, 0xFEFF]
    func trimmed(_ part: [Unicode.Scalar]) -> [Unicode.Scalar] {
      part.drop { marks.contains($0.value) }.reversed().drop { marks.contains($0.value) }.reversed()
    }
    let scalars = Array(name.unicodeScalars)
    var stored = trimmed(scalars)
    if let dot = scalars.lastIndex(of: ".") {
      stored = trimmed(Array(scalars[..<dot])) + ["."] + trimmed(Array(scalars[(dot + 1)...]))
    }
    return String(String.UnicodeScalarView(stored))
  }

  /// Returns true if a careful system would refuse `name`, without marks at its ends: it is empty, has over 255 bytes, is a path, or contains
  /// characters that control a terminal or change the text direction.
  public static func isRefused(_ name: String) -> Bool {
    let name = stored(name)
    let turning: Set<UInt32> = [
      0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069,
    ]
    return name.isEmpty || name.utf8.count > 255 || name == "." || name == ".."
      || name.unicodeScalars.contains { scalar in
        let category = scalar.properties.generalCategory
        return ["/", "\\"].contains(scalar) || turning.contains(scalar.value) || category == .control
          || category == .lineSeparator || category == .paragraphSeparator
      }
  }
}

extension StringProtocol {
  /// The percent-decoded bytes of the text; nil if a percent sign has no two digits behind it.
  ///
  /// Foundation's decoding loses a byte order mark.
  public var percentDecodedBytes: [UInt8]? {
    var bytes: [UInt8] = []
    var rest = utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}
