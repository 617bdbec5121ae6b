internal import Core

/// What a package says of its parts' types; all in lowercase, as part names and media types are without case.
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

  /// Empty where nothing is said.
  subscript(_ part: String) -> String {
    let part = part.lowercased()
    let suffix = part.split(separator: "/").last.flatMap { name in
      name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) }
    }
    return byName[part] ?? suffix.flatMap { byExtension[$0] } ?? ""
  }

  /// Whether some part says that it is the document of one of Office's types.
  var hasMainPart: Bool { byName.values.contains { $0.hasSuffix(".main+xml") } }

  /// Whether a part is an ActiveX control; refuses one that is a macro, or is there for macros.
  func isControl(_ part: String) throws(Refusal) -> Bool {
    let type = Array(self[part].utf8)
    let path = part.lowercased()
    let letters = Array(path.utf8)
    let name = path.split(separator: "/").last ?? ""
    // Strings are searched by their bytes: there may be tens of thousands of long ones.
    guard !type.contains(text: "macroenabled"), !type.contains(text: "vbaproject"), !type.contains(text: "vbadata"),
      !type.contains(text: "macrosheet"), !letters.contains(text: "/macrosheets/"),
      !["vbaproject.bin", "vbadata.xml"].contains(name)
    else { throw Refusal(.macros, "\(part): \(self[part])") }
    return type.contains(text: "ms-office.activex") || letters.contains(text: "/activex/")
  }
}
