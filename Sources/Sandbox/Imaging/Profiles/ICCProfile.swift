internal import Core

/// The colour model of an image's channels, which a matching ICC profile must have.
enum ColourModel: String {
  case grey = "GRAY"
  case rgb = "RGB "
  case cmyk = "CMYK"

  var channels: Int { self == .grey ? 1 : self == .rgb ? 3 : 4 }
}

/// Returns an ICC profile reduced to its colour conversion: without names, dates, makers and private tags.
///
/// Of each tag only the bytes that its type uses are kept. Returns nil if `profile` is invalid, has another colour
/// model, is larger than 4 MB, or has a tag that does not match its type.
func anonymousProfile(_ profile: [UInt8], of model: ColourModel) -> [UInt8]? {
  guard profile.count <= ICCProfile.maximumBytes else { return nil }
  return try? ICCProfile(profile[...], model).encoded
}

/// An ICC profile as its header and tags.
///
/// Source: https://www.color.org/specification/ICC.1-2022-05.pdf (7.2, 7.3, 8, 9.2)
struct ICCProfile {
  static let maximumBytes = 4 << 20
  private static let maximumTags = 100

  private struct Tag {
    let name: String
    let place: Range<Int>
  }

  private var header: [UInt8]
  /// The names of the tags, each with an index into `elements`.
  private var names: [(name: String, element: Int)] = []
  private var elements: [[UInt8]] = []

  init(_ profile: ArraySlice<UInt8>, _ model: ColourModel) throws(Refusal) {
    var scanner = ByteScanner(profile)
    let fields = Array(try scanner.take(128))
    let size = number(fields[0..<4])
    guard fields[36..<40].equals("acsp"), size <= profile.count else { throw .unreadable }
    let pieces = [12..<16, 16..<20, 20..<24].map { String(decoding: fields[$0], as: UTF8.self) }
    guard ["mntr", "scnr", "prtr", "spac"].contains(pieces[0]), pieces[1] == model.rawValue,
      ["XYZ ", "Lab "].contains(pieces[2]), (1...4).contains(fields[8]), number(fields[64..<68]) <= 3
    else { throw .unreadable }
    header = Self.header(like: fields)
    let tags = try Self.tags(&scanner, model, within: size)
    var seen: [Range<Int>: Int] = [:]
    var total = 0
    for tag in tags {
      if let element = seen[tag.place] {
        // Several tags can share an element, such as one curve for three channels. Its type follows from the first
        // tag's name.
        names.append((tag.name, element))
        continue
      }
      let bytes = profile[(profile.startIndex + tag.place.lowerBound)..<(profile.startIndex + tag.place.upperBound)]
      guard let element = try Self.element(bytes, tag.name, model) else { continue }
      total += element.count
      guard total <= Self.maximumBytes else { throw .unreadable }
      seen[tag.place] = elements.count
      names.append((tag.name, elements.count))
      elements.append(element)
    }
    guard isComplete(model) else { throw .unreadable }
  }

  /// Returns an element; nil for a damaged one that browsers do not read.
  private static func element(_ bytes: ArraySlice<UInt8>, _ name: String, _ model: ColourModel) throws(Refusal)
    -> [UInt8]?
  {
    let isOptional = name == "wtpt" || name == "chad"
    do throws(Refusal) {
      return try ICCElement.encoded(bytes, as: name, channels: model.channels)
    } catch {
      guard isOptional else { throw error }
      return nil
    }
  }

  /// Returns a header with version, class, colour spaces and intent of `fields`; all other fields are constant.
  private static func header(like fields: [UInt8]) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 128)
    for range in [8..<10, 12..<24, 36..<40, 64..<68] { header.replaceSubrange(range, with: fields[range]) }
    // No program writes another version than 2 and 4; the elements of the others are those of version 2.
    if header[8] != 4 { header.replaceSubrange(8..<10, with: [2, 0x40]) }
    header.replaceSubrange(24..<36, with: bigEndian(2000, 2) + [0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    // The illuminant D50 of the profile connection space.
    header.replaceSubrange(68..<80, with: bigEndian(0xF6D6, 4) + bigEndian(0x1_0000, 4) + bigEndian(0xD32D, 4))
    return header
  }

  /// Returns the tags that determine colours; throws if a tag occurs twice, or if two tags overlap without being
  /// identical.
  private static func tags(_ scanner: inout ByteScanner, _ model: ColourModel, within size: Int) throws(Refusal)
    -> [Tag]
  {
    let count = try scanner.bigEndian(4)
    guard count <= maximumTags else { throw .unreadable }
    var tags: [Tag] = []
    for _ in 0..<count {
      let name = String(decoding: try scanner.take(4), as: UTF8.self)
      let offset = try scanner.bigEndian(4)
      let length = try scanner.bigEndian(4)
      guard ICCElement.kind(name, model) != nil else { continue }
      guard offset >= 132 + 12 * count, offset + length <= size, !tags.contains(where: { $0.name == name }) else {
        throw .unreadable
      }
      tags.append(Tag(name: name, place: offset..<offset + length))
    }
    let places = Set(tags.map(\.place)).sorted { $0.lowerBound < $1.lowerBound }
    for (one, next) in zip(places, places.dropFirst()) where one.upperBound > next.lowerBound { throw .unreadable }
    for tag in tags {
      let shared = tags.filter { $0.place == tag.place }
      guard Set(shared.map { ICCElement.kind($0.name, model) }).count == 1 else { throw .unreadable }
    }
    // Browsers use the second table if there is no first one; other programs look for the first one only.
    if !tags.contains(where: { $0.name == "A2B0" }), let second = tags.firstIndex(where: { $0.name == "A2B1" }) {
      tags[second] = Tag(name: "A2B0", place: tags[second].place)
    }
    return tags.sorted { $0.name < $1.name }
  }

  /// True if the profile can convert device values to colours.
  private func isComplete(_ model: ColourModel) -> Bool {
    let present = Set(names.map(\.name))
    // Programs disagree about the unit of tables whose profile connection space is XYZ.
    if present.contains("A2B0") { return header[20..<24].equals("Lab ") }
    switch model {
    // Browsers ignore a curve for grey whose profile connection space is Lab.
    case .grey: return present.contains("kTRC") && header[20..<24].equals("XYZ ")
    case .rgb: return present.isSuperset(of: ["rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"])
    case .cmyk: return false
    }
  }

  /// Returns the bytes of an element; nil if the profile has no such tag.
  func element(_ name: String) -> [UInt8]? { names.first { $0.name == name }.map { elements[$0.element] } }

  /// Returns the profile of grey samples with one curve and the same white; nil if it would give grey samples a hue.
  var inGrey: ICCProfile? {
    guard let curve = element("rTRC"), element("A2B0") == nil, element("cicp") == nil, element("gTRC") == curve,
      element("bTRC") == curve,
      let columns, header[20..<24].equals("XYZ "),
      zip(columns * [1, 1, 1], Primaries.d50).allSatisfy({ abs($0 - $1) < 0.01 })
    else { return nil }
    var grey = self
    grey.header.replaceSubrange(16..<20, with: Array(ColourModel.grey.rawValue.utf8))
    grey.elements = [curve] + (element("wtpt").map { [$0] } ?? [])
    grey.names = [("kTRC", 0)] + (element("wtpt") == nil ? [] : [("wtpt", 1)])
    return grey
  }

  var encoded: [UInt8] {
    let modern = header[8] >= 4
    let texts = [
      ("desc", modern ? Self.modernText("colour") : Self.description("colour")),
      ("cprt", modern ? Self.modernText("-") : Array("text\0\0\0\0-\0".utf8)),
    ]
    let all = texts.map(\.1) + elements
    var places: [Int] = []
    var body: [UInt8] = []
    let start = 128 + 4 + 12 * (texts.count + names.count)
    for element in all {
      places.append(start + body.count)
      body += element
      body += repeatElement(0, count: (4 - element.count % 4) % 4)
    }
    var table = bigEndian(texts.count + names.count, 4)
    for (index, text) in texts.enumerated() {
      table += Array(text.0.utf8) + bigEndian(places[index], 4) + bigEndian(text.1.count, 4)
    }
    for (name, element) in names {
      table += Array(name.utf8) + bigEndian(places[texts.count + element], 4) + bigEndian(elements[element].count, 4)
    }
    let out = header + table + body
    return bigEndian(out.count, 4) + out.dropFirst(4)
  }

  /// Returns a `textDescriptionType`, which profiles of version 2 use.
  private static func description(_ text: String) -> [UInt8] {
    let ascii = Array(text.utf8) + [0]
    return Array("desc\0\0\0\0".utf8) + bigEndian(ascii.count, 4) + ascii + [UInt8](repeating: 0, count: 78)
  }

  /// Returns a `multiLocalizedUnicodeType`, which profiles of version 4 use.
  private static func modernText(_ text: String) -> [UInt8] {
    let units = text.utf16.flatMap { bigEndian(Int($0), 2) }
    return Array("mluc\0\0\0\0".utf8) + bigEndian(1, 4) + bigEndian(12, 4) + Array("enUS".utf8)
      + bigEndian(units.count, 4) + bigEndian(28, 4) + units
  }
}
