internal import Core

/// The items of a HEIF file, as its `meta` box lists them: pictures, tiles, metadata.
///
/// Nothing of an item is read before the item is used. Every list has a limit, and no list leads to another file.
/// Sources: ISO/IEC 14496-12 (8.11), ISO/IEC 23008-12 (6, 9.3)
struct HEIFItems {
  /// The maximum length of a list, of boxes or of items; a photograph of 48 megapixels has about 250 items.
  private static let mostBoxes = 4096
  private static let mostItems = 4096
  private static let mostExtents = 32
  /// A grid has at most 65,536 tiles.
  private static let mostReferences = 100_000

  struct Reference {
    let type: String
    let from: Int
    let to: [Int]
  }

  private struct Location {
    let isInFile: Bool
    let extents: [(offset: Int, length: Int)]
  }

  private(set) var primary: Int?
  private(set) var references: [Reference] = []
  private var types: [Int: String] = [:]
  private var locations: [Int: Location] = [:]
  private var properties: [MediaBox] = []
  private var associations: [Int: [(index: Int, isEssential: Bool)]] = [:]
  private var data = ArraySlice<UInt8>()
  private let file: ArraySlice<UInt8>

  init(_ file: ArraySlice<UInt8>) throws(Refusal) {
    self.file = file
    var scanner = ByteScanner(file)
    var meta: MediaBox?
    for _ in 0..<Self.mostBoxes where meta == nil && scanner.remaining > 0 {
      let box = try MediaBox(&scanner)
      if box.type == "meta" { meta = box }
    }
    guard let meta else { throw Refusal(.unreadable, "no list of items") }
    for box in try MediaBox.all(in: meta.full().scanner.rest, atMost: Self.mostBoxes) {
      switch box.type {
      case "pitm":
        var (version, _, scanner) = try box.full()
        primary = try scanner.bigEndian(version == 0 ? 2 : 4)
      case "iinf": try takeTypes(box)
      case "iloc": try takeLocations(box)
      case "iref": try takeReferences(box)
      case "idat": data = box.content
      case "iprp": try takeProperties(box)
      default: break
      }
    }
  }

  var fileLength: Int { file.count }

  /// Returns the type of an item; nil for an item that is not listed or is encrypted.
  func type(of item: Int) -> String? { types[item] }

  /// Returns the items that `item` refers to.
  func targets(of item: Int, _ type: String) -> [Int] {
    references.filter { $0.from == item && $0.type == type }.flatMap(\.to)
  }

  /// Returns the properties of an item in the order in which they apply; throws if an essential one is unknown.
  func properties(of item: Int) throws(Refusal) -> [MediaBox] {
    var found: [MediaBox] = []
    for (index, isEssential) in associations[item] ?? [] where index > 0 {
      guard index <= properties.count else { throw .unreadable }
      let property = properties[index - 1]
      guard !isEssential || Self.known.contains(property.type) else {
        throw Refusal(.unreadable, "the essential property \(property.type)")
      }
      found.append(property)
    }
    return found
  }

  private static let known: Set = [
    "hvcC", "av1C", "ispe", "pixi", "colr", "irot", "imir", "clap", "auxC", "pasp", "rloc", "lsel", "a1op", "a1lx",
    "clli", "mdcv", "cclv", "amve", "altt",
  ]

  /// Returns the bytes of an item.
  func bytes(of item: Int) throws(Refusal) -> ArraySlice<UInt8> {
    guard let location = locations[item] else { throw Refusal(.unreadable, "an item without bytes") }
    let source = location.isInFile ? file : data
    var parts: [ArraySlice<UInt8>] = []
    for (offset, length) in location.extents {
      guard offset <= source.count, length <= source.count - offset else {
        throw Refusal(.unreadable, "an item beyond the file's end")
      }
      parts.append(source[(source.startIndex + offset)..<(source.startIndex + offset + length)])
    }
    guard parts.reduce(0, { $0 + $1.count }) <= file.count else { throw Refusal(.unreadable, "bytes used repeatedly") }
    return parts.count == 1 ? parts[0] : ArraySlice(parts.joined())
  }
}

// MARK: - Lists

extension HEIFItems {
  private mutating func takeTypes(_ box: MediaBox) throws(Refusal) {
    var (version, _, scanner) = try box.full()
    let count = try scanner.bigEndian(version == 0 ? 2 : 4)
    guard count <= Self.mostItems else { throw Refusal(.unreadable, "too many items") }
    for entry in try MediaBox.all(in: scanner.rest, atMost: Self.mostItems) where entry.type == "infe" {
      var (version, _, scanner) = try entry.full()
      guard version == 2 || version == 3 else { continue }
      let item = try scanner.bigEndian(version == 2 ? 2 : 4)
      let isEncrypted = try scanner.bigEndian(2) != 0
      let type = String(decoding: try scanner.take(4), as: UTF8.self)
      guard types[item] == nil else { throw Refusal(.unreadable, "two items of one number") }
      if !isEncrypted { types[item] = type }
    }
  }

  private mutating func takeLocations(_ box: MediaBox) throws(Refusal) {
    var (version, _, scanner) = try box.full()
    guard version <= 2 else { throw .unreadable }
    let sizes = try scanner.bigEndian(2)
    let (offsetSize, lengthSize, baseSize) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15)
    let indexSize = version == 0 ? 0 : sizes & 15
    guard [offsetSize, lengthSize, baseSize, indexSize].allSatisfy({ [0, 4, 8].contains($0) }) else {
      throw .unreadable
    }
    let count = try scanner.bigEndian(version < 2 ? 2 : 4)
    guard count <= Self.mostItems else { throw Refusal(.unreadable, "too many items") }
    for _ in 0..<count {
      let item = try scanner.bigEndian(version < 2 ? 2 : 4)
      let method = version == 0 ? 0 : try scanner.bigEndian(2) & 15
      let isElsewhere = try scanner.bigEndian(2) != 0
      let base = try scanner.place(baseSize)
      let extentCount = try scanner.bigEndian(2)
      guard extentCount <= Self.mostExtents else { throw Refusal(.unreadable, "too many extents") }
      var extents: [(offset: Int, length: Int)] = []
      for _ in 0..<extentCount {
        _ = try scanner.take(indexSize)
        extents.append((base + (try scanner.place(offsetSize)), try scanner.place(lengthSize)))
      }
      // An item in another file, or made of other items, has no bytes here.
      guard !isElsewhere, method <= 1 else { continue }
      guard locations.updateValue(Location(isInFile: method == 0, extents: extents), forKey: item) == nil else {
        throw Refusal(.unreadable, "two places of one item")
      }
    }
  }

  private mutating func takeReferences(_ box: MediaBox) throws(Refusal) {
    let (version, _, scanner) = try box.full()
    let size = version == 0 ? 2 : 4
    var total = 0
    for entry in try MediaBox.all(in: scanner.rest, atMost: Self.mostItems) {
      var scanner = ByteScanner(entry.content)
      let from = try scanner.bigEndian(size)
      let count = try scanner.bigEndian(2)
      total += count
      guard total <= Self.mostReferences else { throw Refusal(.unreadable, "too many references") }
      var to: [Int] = []
      for _ in 0..<count { to.append(try scanner.bigEndian(size)) }
      references.append(Reference(type: entry.type, from: from, to: to))
    }
  }

  private mutating func takeProperties(_ box: MediaBox) throws(Refusal) {
    for part in try MediaBox.all(in: box.content, atMost: Self.mostBoxes) {
      if part.type == "ipco" {
        properties = try MediaBox.all(in: part.content, atMost: Self.mostBoxes)
      } else if part.type == "ipma" {
        try takeAssociations(part)
      }
    }
  }

  private mutating func takeAssociations(_ box: MediaBox) throws(Refusal) {
    var (version, flags, scanner) = try box.full()
    let count = try scanner.bigEndian(4)
    guard count <= Self.mostItems else { throw Refusal(.unreadable, "too many items") }
    let width = flags & 1 == 0 ? 1 : 2
    for _ in 0..<count {
      let item = try scanner.bigEndian(version == 0 ? 2 : 4)
      var list: [(index: Int, isEssential: Bool)] = []
      for _ in 0..<(try scanner.byte()) {
        let value = try scanner.bigEndian(width)
        let essential = 1 << (8 * width - 1)
        list.append((value & (essential - 1), value & essential != 0))
      }
      guard associations.updateValue(list, forKey: item) == nil else {
        throw Refusal(.unreadable, "two lists of properties")
      }
    }
  }
}

extension ByteScanner {
  /// The bytes that are not read yet.
  fileprivate var rest: ArraySlice<UInt8> { bytes[position...] }

  /// Reads an offset or a length of 0, 4 or 8 bytes; throws if it is above 4 GB, which no file here has.
  fileprivate mutating func place(_ count: Int) throws(Refusal) -> Int {
    if count == 8 {
      guard try bigEndian(4) == 0 else { throw Refusal(.unreadable, "a place beyond 4 GB") }
    }
    return try bigEndian(min(count, 4))
  }
}
