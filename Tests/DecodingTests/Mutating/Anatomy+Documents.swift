import Foundation
import TestSupport

extension Anatomy {
  /// Reads the entries of an archive without compression, or of packed entries whose sizes are known.
  mutating func readArchive(_ cursor: inout Cursor) -> Bool {
    while cursor.left >= 30 {
      guard cursor.take(4) == [0x50, 0x4B, 3, 4] else { return true }
      let flags = cursor.take(4)
      let isStored = flags[2] & 8 == 0 && cursor.little(2) == 0
      _ = cursor.take(8)
      let count = cursor.little(4)
      _ = cursor.take(4)
      let (name, extra) = (cursor.little(2), cursor.little(2))
      guard isStored, count <= cursor.left else { return false }
      let tag = cursor.take(name)
      _ = cursor.take(extra)
      parts.append(Part(tag: tag, data: cursor.take(count)))
    }
    return true
  }

  var archive: [UInt8] {
    let entries = parts.map { part in
      var entry = ZipBuilder.Entry("", part.data)
      entry.name = part.tag
      entry.gap = part.tail
      return entry
    }
    var builder = ZipBuilder(entries)
    builder.prefix = head
    builder.suffix = foot
    return builder.bytes
  }

  /// Reads the objects of a PDF that has no object streams; the tag is the number and the generation.
  mutating func readObjects(_ cursor: inout Cursor) -> Bool {
    let bytes = cursor.take(cursor.left)
    let text = Data(bytes)
    var place = 0
    while let start = text.range(of: Data(" obj".utf8), in: place..<text.count),
      let end = text.range(of: Data("endobj".utf8), in: start.upperBound..<text.count)
    {
      var number = start.lowerBound
      while number > place, bytes[number - 1] == 0x20 || (0x30...0x39).contains(bytes[number - 1]) { number -= 1 }
      if parts.isEmpty {
        head = Array(bytes[..<number])
      } else {
        parts[parts.count - 1].tail = Array(bytes[place..<number])
      }
      parts.append(
        Part(tag: Array(bytes[number..<start.lowerBound]), data: Array(bytes[start.upperBound..<end.lowerBound]))
      )
      place = end.upperBound
    }
    guard let last = text.range(of: Data("trailer".utf8), options: .backwards), last.lowerBound >= place,
      let end = text.range(of: Data("startxref".utf8), options: .backwards), end.lowerBound >= last.upperBound
    else { return false }
    foot = Array(bytes[last.lowerBound..<end.lowerBound])
    return true
  }

  /// The file with a new cross-reference table.
  var objects: [UInt8] {
    var out = head
    var places: [Int: Int] = [:]
    for part in parts {
      let number = String(decoding: part.tag, as: UTF8.self).split(separator: " ").first.flatMap { Int($0) } ?? 0
      places[number] = out.count
      out += part.tag + Array(" obj".utf8) + part.data + Array("endobj".utf8) + part.tail
      if part.tail.isEmpty { out.append(0x0A) }
    }
    let start = out.count
    let count = min(places.keys.max() ?? 0, 10_000) + 1
    out += Array("xref\n0 \(count)\n0000000000 65535 f \n".utf8)
    for number in 1..<max(2, count) {
      let place = places[number].map { String($0) } ?? "0"
      let kind = places[number] == nil ? "00000 f" : "00000 n"
      out += Array((String(repeating: "0", count: max(0, 10 - place.count)) + place + " \(kind) \n").utf8)
    }
    return out + foot + Array("startxref\n\(start)\n%%EOF\n".utf8)
  }
}
