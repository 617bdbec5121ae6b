extension FileName {
  /// Returns the extension of `name` in lower case; nil unless 1 to 16 ASCII letters and digits follow the last dot.
  public static func fileExtension(of name: String) -> String? {
    let bytes = name.utf8
    guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    let ending = bytes[bytes.index(after: dot)...]
    let isPlain = ending.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: false
      }
    }
    guard isPlain, (1...16).contains(ending.count) else { return nil }
    return String(decoding: ending, as: UTF8.self).lowercased()
  }

  /// Returns `stem` and `ending` together, in at most `maximumBytes` bytes: `stem` is cut behind a whole character.
  ///
  /// A single character longer than the limit is cut behind a Unicode scalar.
  static func fitted(_ stem: String, ending: String) -> String {
    let room = maximumBytes - ending.utf8.count
    guard stem.utf8.count > room else { return stem + ending }
    var kept = ""
    var count = 0
    for character in stem {
      count += character.utf8.count
      guard count <= room else { break }
      kept.append(character)
    }
    if kept.isEmpty {
      count = 0
      for scalar in stem.unicodeScalars {
        count += scalar.utf8.count
        guard count <= room else { break }
        kept.unicodeScalars.append(scalar)
      }
    }
    return kept + ending
  }
}
