import Foundation
import TestSupport

/// Paths that break careless programs, as bytes, below a user's folder.
enum AwkwardNames {
  /// Names with a reason of their kind each.
  static let texts = [
    // Case, composition, and what looks like nothing.
    "a", "A", "caf\u{E9}", "cafe\u{301}", "\u{212B}", "\u{C5}", "A\u{30A}", "\u{200B}", "\u{FEFF}", "x\u{200E}y",
    "\u{A0}",
    // Ends and beginnings.
    "dots...", "dot.", "...", "..x", ".hidden", "space ", " space", "tab\t", "-", "--", "-rf", "--help", "~", "~root",
    // Characters of control.
    "line\nbreak", "\n", "return\rx", "\r\n", "back\u{8}space", "escape\u{1B}[31m", "bell\u{7}", "delete\u{7F}",
    "next\u{85}line", "turned\u{202E}gpj.exe", "separator\u{2028}x", "paragraph\u{2029}x",
    // Characters of URLs, shells, XML and SQL.
    "plus+plus", "+", "%", "%2F", "%2e%2e", "%00", "100%", "a%20b", "a b", "a&b", "&amp;", "<a>", "a'b", "a\"b", "a#b",
    "a?b", "a=b", "a;b", "a:b", "a*b", "a|b", "a$b", "$(x)", "`x`", "{a,b}", "[a]", "a!b", "a@b", "a^b", "a,b", "]]>",
    "&#8;",
    // Separators of other systems.
    "\\", "a\\b", "..\\..\\x", ".\\x", "\\..", "C:", "con", "nul.txt", "aux",
    // Names that stores use themselves.
    "x", "x.versions", ".versions", ".uploads", ".stowage-rollback-00", "original.jpg", "index.html", "null",
    "_$folder$", "01920000-0000-7000-8000-000000000000",
    // Plane 15, emoji, right to left, and the last characters of planes.
    "\u{F0000}", "👩‍👩‍👧‍👦", "اسم", "文件", "\u{FFFD}", "\u{FFFF}", "\u{FFFE}", "\u{10FFFF}", "\u{1FFFF}", "\u{E000}",
    "\u{D7FF}",
  ]

  /// Every path; `longest` is the length of a path that a key can just carry.
  static func all(longest: Int) throws -> [[UInt8]] {
    var paths = Set(texts.map { Array($0.utf8) })
    // Every byte that a name can have, alone and between letters.
    for byte in UInt8(1)...255 where byte != UInt8(ascii: "/") {
      paths.insert([UInt8(ascii: "x"), byte, UInt8(ascii: "y")])
      if byte != UInt8(ascii: ".") { paths.insert([byte]) }
    }
    // The longest names: of one, two, three and four bytes a character, of no characters, and of parts of one.
    paths.insert(Array(repeating: UInt8(ascii: "n"), count: 255))
    paths.insert(Array(repeating: UInt8(ascii: " "), count: 255))
    paths.insert(Array(repeating: UInt8(ascii: "."), count: 255))
    paths.insert(Array(repeating: UInt8(ascii: "\n"), count: 255))
    paths.insert(Array(String(repeating: "ä", count: 127).utf8) + [UInt8(ascii: "x")])
    paths.insert(Array(String(repeating: "文", count: 85).utf8))
    paths.insert(Array(String(repeating: "🏔", count: 63).utf8) + Array("abc".utf8))
    paths.insert(Array(repeating: 0xFF, count: 255))
    paths.insert(Array(Array("文".utf8).prefix(2)) + Array(repeating: UInt8(ascii: "z"), count: 253))
    // Depth: 40 levels, a path that a key can just carry, and paths that are too long.
    paths.insert(Array((Array(repeating: "deep", count: 40) + ["leaf"]).joined(separator: "/").utf8))
    paths.insert(Array((Array(repeating: " ..x+%\n", count: 40) + ["leaf"]).joined(separator: "/").utf8))
    for count in [longest - 1, longest, longest + 1, 2500] {
      let rest = count - "\(count)/".utf8.count
      let folders = Array(repeating: String(repeating: "l", count: 200), count: (rest - 1) / 201)
      let last = String(repeating: "e", count: rest - 201 * folders.count)
      paths.insert(Array((["\(count)"] + folders + [last]).joined(separator: "/").utf8))
    }
    // Names in folders that look like Stowage's and the store's.
    for path in [
      "01920000-0000-7000-8000-000000000001/original.jpg", "01920000-0000-7000-8000-000000000001/kept.pdf",
      "01920000-0000-7000-8000-000000000001/other", "y.versions/v_1", "folder./file", "folder /file", "-ff/-f",
      "fo\u{8}lder/\u{8}", "caf\u{E9}s/1", "cafe\u{301}s/1", "BB/1", "bb/1", "..\\/x", "\\\\/\\",
    ] {
      paths.insert(Array(path.utf8))
    }
    let names = try HostileNames.own + (HostileNames.corpus() ?? [])
    for name in names where isName(name) { paths.insert(Array("list/\(name)".utf8)) }
    return paths.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// True if a file system can have a file of this name.
  private static func isName(_ name: String) -> Bool {
    (1...255).contains(name.utf8.count) && name != "." && name != ".." && !name.utf8.contains(0)
      && !name.utf8.contains(UInt8(ascii: "/"))
  }
}
