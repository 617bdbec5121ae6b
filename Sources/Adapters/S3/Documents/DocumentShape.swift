internal import XML

/// The shape of a value of a document: the JSON of the AWS CLI and the XML of S3 follow from it.
indirect enum DocumentShape: Sendable {
  case text
  /// One of these words.
  case word([String])
  case number
  case flag
  case structure([DocumentMember])
}

/// A member of a structure.
struct DocumentMember: Sendable {
  /// The name in JSON.
  let name: String
  /// The name of the XML element.
  let element: String
  let shape: DocumentShape
  /// True for an array in JSON, and for repeated elements in XML.
  let isList: Bool
  let isRequired: Bool

  private init(_ name: String, _ element: String?, _ shape: DocumentShape, isList: Bool, isRequired: Bool) {
    (self.name, self.element, self.shape) = (name, element ?? name, shape)
    (self.isList, self.isRequired) = (isList, isRequired)
  }

  static func one(_ name: String, _ shape: DocumentShape, as element: String? = nil) -> DocumentMember {
    DocumentMember(name, element, shape, isList: false, isRequired: false)
  }

  static func needed(_ name: String, _ shape: DocumentShape, as element: String? = nil) -> DocumentMember {
    DocumentMember(name, element, shape, isList: false, isRequired: true)
  }

  static func list(_ name: String, _ shape: DocumentShape, as element: String? = nil) -> DocumentMember {
    DocumentMember(name, element, shape, isList: true, isRequired: false)
  }
}

extension DocumentShape {
  /// Returns the deviations of a value from the shape, each with its place.
  func problems(of value: JSONValue, at place: String) -> [String] {
    switch (self, value) {
    case (.text, .text), (.number, .number), (.flag, .flag): return []
    case (.word(let words), .text(let text)) where words.contains(text): return []
    case (.word(let words), _): return ["\(place): expected one of \(words.joined(separator: ", "))"]
    case (.text, _): return ["\(place): expected a string"]
    case (.number, _): return ["\(place): expected a whole number"]
    case (.flag, _): return ["\(place): expected true or false"]
    case (.structure(let shapes), .object(let members)):
      return problems(of: members, shapes, at: place)
    case (.structure, _): return ["\(place.isEmpty ? "" : "\(place): ")expected an object"]
    }
  }

  private func problems(of members: [String: JSONValue], _ shapes: [DocumentMember], at place: String) -> [String] {
    let start = place.isEmpty ? "" : place + "."
    var problems: [String] = []
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      guard let member = shapes.first(where: { $0.name == name }) else {
        let known = shapes.map(\.name).joined(separator: ", ")
        problems.append("\(start)\(name): an unknown field; expected \(known)")
        continue
      }
      guard member.isList else {
        problems += member.shape.problems(of: value, at: start + name)
        continue
      }
      guard case .array(let items) = value else {
        problems.append("\(start)\(name): expected an array")
        continue
      }
      for (index, item) in items.enumerated() {
        problems += member.shape.problems(of: item, at: "\(start)\(name)[\(index)]")
      }
    }
    for member in shapes where member.isRequired && members[member.name] == nil {
      problems.append("\(start)\(member.name): missing")
    }
    return problems
  }

  /// Returns the content of the XML element of a value.
  ///
  /// Members without a shape come from a store that is newer than this table; they are written as they were read.
  func xml(of value: JSONValue) -> String {
    switch value {
    case .text(let text): return xmlEscape(text)
    case .number(let number): return String(number)
    case .flag(let flag): return String(flag)
    case .array(let items): return items.map { xml(of: $0) }.joined()
    case .object(let members):
      guard case .structure(let shapes) = self else { return members.xml }
      let known = shapes.compactMap { shape in members[shape.name].map { shape.xml(of: $0) } }
      let names = Set(shapes.map(\.name))
      return known.joined() + members.filter { !names.contains($0.key) }.xml
    }
  }

  /// Returns the value of an XML element.
  func value(of element: XMLElement) -> JSONValue {
    switch self {
    case .number: return Int(element.content).map { .number($0) } ?? .text(element.content)
    case .flag: return .flag(element.content.lowercased() == "true")
    case .text: return .text(element.text)
    case .word: return .text(element.content)
    case .structure(let shapes):
      var members: [String: JSONValue] = [:]
      for child in element.children {
        let shape = shapes.first { $0.element == child.name }
        let value = shape?.shape.value(of: child) ?? child.value
        let name = shape?.name ?? child.name
        if let before = members[name] {
          members[name] = .array(before.items + [value])
        } else {
          members[name] = shape?.isList == true ? .array([value]) : value
        }
      }
      return .object(members)
    }
  }
}

extension DocumentMember {
  fileprivate func xml(of value: JSONValue) -> String {
    (isList ? value.items : [value]).map { "<\(element)>\(shape.xml(of: $0))</\(element)>" }.joined()
  }
}

extension [String: JSONValue] {
  /// The members as elements of the same names.
  fileprivate var xml: String {
    sorted { $0.key < $1.key }.map { name, value in
      value.items.map { "<\(name)>\(DocumentShape.text.xml(of: $0))</\(name)>" }.joined()
    }.joined()
  }
}

extension XMLElement {
  /// The text without white space at its ends.
  fileprivate var content: String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  /// The element without a shape: an object of its children, or its text.
  fileprivate var value: JSONValue {
    children.isEmpty ? .text(text) : DocumentShape.structure([]).value(of: self)
  }
}
