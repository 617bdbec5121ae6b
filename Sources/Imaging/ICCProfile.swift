/// An ICC profile with nothing left in it but what turns numbers into colours: no names, dates, makers or private tags.
///
/// Nil where `profile` is not one. Source: https://www.color.org/specification/ICC.1-2022-05.pdf (7.2, 7.3, 9.2)
func anonymousProfile(_ profile: [UInt8]) -> [UInt8]? {
  var header = Array(profile.prefix(128))
  guard header.count == 128, header[36..<40].equals("acsp"), profile.count >= 132 else { return nil }
  // Everything but version, class, colour spaces, signature, intent and illuminant.
  for range in [4..<8, 24..<36, 40..<64, 80..<128] {
    header.replaceSubrange(range, with: repeatElement(0, count: range.count))
  }
  header.replaceSubrange(24..<36, with: bigEndian(2000, 2) + [0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
  let modern = header[8] >= 4
  var tags: [(name: [UInt8], data: [UInt8])] = [
    (Array("desc".utf8), modern ? modernText("colour") : description("colour")),
    (Array("cprt".utf8), modern ? modernText("-") : Array("text\0\0\0\0-\0".utf8)),
  ]
  let count = number(profile[128..<132])
  guard count <= 100, profile.count >= 132 + 12 * count else { return nil }
  for index in 0..<count {
    let entry = profile[(132 + 12 * index)..<(144 + 12 * index)]
    let name = entry.prefix(4)
    guard colourTags.contains(String(decoding: name, as: UTF8.self)) else { continue }
    let offset = number(entry.dropFirst(4).prefix(4))
    let size = number(entry.dropFirst(8))
    guard offset >= 128, size >= 8, offset + size <= profile.count else { return nil }
    tags.append((Array(name), trimmed(profile[offset..<offset + size])))
  }
  return assembled(header: header, tags: tags)
}

private let colourTags: Set<String> = [
  "wtpt", "bkpt", "chad", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC", "kTRC", "cicp", "A2B0", "A2B1", "A2B2",
  "B2A0", "B2A1", "B2A2",
]

/// An element without bytes beyond what its own counts say.
private func trimmed(_ element: ArraySlice<UInt8>) -> [UInt8] {
  if element.prefix(4).equals("curv"), element.count >= 12 {
    return Array(element.prefix(12 + 2 * number(element.dropFirst(8).prefix(4))))
  }
  if element.prefix(4).equals("XYZ ") { return Array(element.prefix(20)) }
  return Array(element)
}

private func assembled(header: [UInt8], tags: [(name: [UInt8], data: [UInt8])]) -> [UInt8] {
  var table = bigEndian(tags.count, 4)
  var body: [UInt8] = []
  var places: [[UInt8]: Int] = [:]
  let start = 128 + 4 + 12 * tags.count
  for tag in tags {
    let place = places[tag.data] ?? start + body.count
    if places.updateValue(place, forKey: tag.data) == nil {
      body += tag.data + repeatElement(0, count: (4 - tag.data.count % 4) % 4)
    }
    table += tag.name + bigEndian(place, 4) + bigEndian(tag.data.count, 4)
  }
  let all = header + table + body
  return bigEndian(all.count, 4) + all.dropFirst(4)
}

/// A `textDescriptionType` of version 2.
private func description(_ text: String) -> [UInt8] {
  let ascii = Array(text.utf8) + [0]
  return Array("desc\0\0\0\0".utf8) + bigEndian(ascii.count, 4) + ascii + [UInt8](repeating: 0, count: 78)
}

/// A `multiLocalizedUnicodeType` of version 4.
private func modernText(_ text: String) -> [UInt8] {
  let units = text.utf16.flatMap { bigEndian(Int($0), 2) }
  return Array("mluc\0\0\0\0".utf8) + bigEndian(1, 4) + bigEndian(12, 4) + Array("enUS".utf8)
    + bigEndian(units.count, 4) + bigEndian(28, 4) + units
}
