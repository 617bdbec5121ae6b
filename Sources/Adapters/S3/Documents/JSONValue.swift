internal import FoundationEssentials

/// A JSON value of a bucket's document: documents have neither null nor fractions.
public indirect enum JSONValue: Hashable, Sendable {
  /// Members by name.
  case object([String: JSONValue])
  /// Values in order.
  case array([JSONValue])
  /// A string.
  case text(String)
  /// A whole number.
  case number(Int)
  /// A truth value.
  case flag(Bool)

  /// The maximum size of a document, in bytes; a lifecycle configuration of 1,000 rules fits.
  public static let maximumBytes = 1 << 20

  /// Parses a document.
  public init(json: [UInt8]) throws(Malformed) {
    guard json.count <= Self.maximumBytes else { throw Malformed(reason: "more than \(Self.maximumBytes) bytes") }
    if let flaw = JSONOutline.flaw(in: json) { throw Malformed(reason: flaw) }
    do {
      self = try JSONDecoder().decode(JSONValue.self, from: Data(json))
    } catch DecodingError.dataCorrupted(let context) {
      let cause = context.underlyingError.map { " (\($0))" } ?? ""
      throw Malformed(reason: context.debugDescription + cause)
    } catch {
      throw Malformed(reason: "\(error)")
    }
  }

  /// The text is no JSON, or has a value that documents cannot have.
  public struct Malformed: Error {
    /// The reason, for an administrator.
    public let reason: String
  }

  /// The member of an object; nil if there is none, or this is no object.
  public subscript(name: String) -> JSONValue? {
    get {
      guard case .object(let members) = self else { return nil }
      return members[name]
    }
    set {
      guard case .object(var members) = self else { return }
      members[name] = newValue
      self = .object(members)
    }
  }

  /// The members of an object; none for another value.
  public var members: [String: JSONValue] {
    guard case .object(let members) = self else { return [:] }
    return members
  }

  /// The values of an array; a single value counts as an array of one.
  public var items: [JSONValue] {
    guard case .array(let items) = self else { return [self] }
    return items
  }

  /// The string; nil for another value.
  public var string: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  /// The number; nil for another value.
  public var integer: Int? {
    guard case .number(let number) = self else { return nil }
    return number
  }

  /// The value as JSON with sorted members: in one line, or indented.
  public func json(isIndented: Bool = false) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
    guard let data = try? encoder.encode(self) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }
}

extension JSONValue: Codable {
  /// Decodes any value but null and fractions.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Int.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let items = try? container.decode([JSONValue].self) {
      self = .array(items)
    } else if let members = try? container.decode([String: JSONValue].self) {
      self = .object(members)
    } else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "null or a fraction is no value here")
    }
  }

  /// Encodes the value as it is.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .object(let members): try container.encode(members)
    case .array(let items): try container.encode(items)
    case .text(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    }
  }
}
