internal import Core

/// The content types of a package's parts, all in lowercase: part names and media types ignore case.
///
/// Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/ (part 2, 7.2.3)
struct ContentTypes {
  private var byName: [String: String] = [:]
  private var byExtension: [String: String] = [:]

  init() {}

  init(_ bytes: [UInt8], _ budget: Budget) throws(Refusal) {
    let attributes: Set = ["ContentType", "Extension", "PartName"]
    for element in try Markup.list(["Default", "Override"], attributes: attributes, in: bytes, budget) {
      let type = try element.value("ContentType").lowercased()
      if element.name == "Default" {
        try Self.put(type, &byExtension, try element.value("Extension").lowercased())
      } else {
        try Self.put(type, &byName, Relationship.normalized(try element.value("PartName")))
      }
    }
  }

  private static func put(_ type: String, _ types: inout [String: String], _ key: String) throws(Refusal) {
    guard types.updateValue(type, forKey: key) ?? type == type else {
      throw Refusal(.unreadable, "two types of \(key)")
    }
  }

  /// The content type of a part; empty if the package states none.
  subscript(_ part: String) -> String {
    let part = part.lowercased()
    let suffix = part.split(separator: "/").last.flatMap { name in
      name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) }
    }
    return byName[part] ?? suffix.flatMap { byExtension[$0] } ?? ""
  }

  /// True if a part has the content type of an Office document's main part.
  var hasMainPart: Bool { byName.values.contains { $0.hasSuffix(".main+xml") } }

  /// Returns true if a part is an ActiveX control; throws if the part is a macro or belongs to macros.
  func isControl(_ part: String) throws(Refusal) -> Bool {
    let type = Array(self[part].utf8)
    let path = part.lowercased()
    let letters = Array(path.utf8)
    let name = path.split(separator: "/").last ?? ""
    // The search compares bytes for speed: a package can have tens of thousands of long strings.
    guard !type.contains(text: "macroenabled"), !type.contains(text: "vbaproject"), !type.contains(text: "vbadata"),
      !type.contains(text: "macrosheet"), !letters.contains(text: "/macrosheets/"),
      !["vbaproject.bin", "vbadata.xml"].contains(name)
    else { throw Refusal(.macros, "\(part): \(self[part])") }
    return type.contains(text: "ms-office.activex") || letters.contains(text: "/activex/")
  }
}
