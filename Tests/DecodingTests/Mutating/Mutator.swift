import Core
import TestSupport

/// A valid file that was damaged at random.
struct Mutant {
  /// The valid file's name.
  let seed: String
  let bytes: [UInt8]
  /// The damages in order.
  let steps: [String]
}

/// Damages valid files at random: the same name and number give the same mutant in every run with the same seed.
struct Mutator {
  /// The amount of damage.
  enum Weight {
    /// One or two damages of up to 16 bytes, which readers often survive.
    case light
    /// Up to eight damages of any size.
    case heavy
  }

  /// The valid file that the damage begins with, and others for splicing.
  struct Seed {
    let name: String
    let bytes: [UInt8]
  }

  let type: FileType
  let weight: Weight
  var random: Seeded
  private let seeds: [Seed]

  init(_ kind: String, number: Int, type: FileType, seeds: [Seed], weight: Weight, seed: UInt64 = Seeded.seed) {
    self.type = type
    self.seeds = seeds
    self.weight = weight
    random = Seeded("mutant \(number) of \(kind)", seed: seed)
  }

  mutating func draw() -> Mutant {
    let seed = pick(seeds) ?? Seed(name: "", bytes: [])
    var count = Int.random(in: 1...2, using: &random)
    if weight == .heavy { while count < 8, Bool.random(using: &random) { count += 1 } }
    var bytes = seed.bytes
    var steps: [String] = []
    for _ in 0..<count {
      let operation = pick(Self.operations(of: weight)) ?? .bit
      steps.append(operation.rawValue)
      bytes = damaged(bytes, operation)
      if bytes.count > 1 << 20 { bytes.removeLast(bytes.count - 1 << 20) }
    }
    return Mutant(seed: seed.name, bytes: bytes, steps: steps)
  }

  enum Operation: String, CaseIterable {
    // Damages of bytes, wherever they stand; lengths and checksums stay as they were.
    case bit, byte, removed, inserted, doubled, exchanged, truncated, appended, number, spliced
    // Damages of parts; lengths and checksums fit the damaged parts.
    case partByte = "part's byte"
    case partNumber = "part's number"
    case partRemoved = "part removed"
    case partDoubled = "part doubled"
    case partsExchanged = "parts exchanged"
    case partUnknown = "unknown part"
    case partShortened = "part shortened"
    case partLengthened = "part lengthened"
    case partRenamed = "part renamed"
    case between = "bytes between parts"
    // Damages of text: spans between two equal characters of markup.
    case spanRemoved = "span removed"
    case spanDoubled = "span doubled"
  }

  private static func operations(of weight: Weight) -> [Operation] {
    weight == .heavy
      ? Operation.allCases : Operation.allCases.filter { ![.spliced, .spanRemoved, .spanDoubled].contains($0) }
  }

  private mutating func damaged(_ bytes: [UInt8], _ operation: Operation) -> [UInt8] {
    guard !bytes.isEmpty else { return anyBytes() }
    switch operation {
    case .bit, .byte, .removed, .inserted, .doubled, .exchanged, .truncated, .appended, .number:
      return damagedBytes(bytes, operation)
    case .spliced: return spliced(bytes)
    case .spanRemoved, .spanDoubled:
      guard type.structure != .image, var anatomy = Anatomy(bytes, type),
        let place = anatomy.parts.indices.randomElement(using: &random)
      else { return respanned(bytes, operation) }
      anatomy.parts[place].data = respanned(anatomy.parts[place].data, operation)
      return anatomy.bytes
    default:
      guard var anatomy = Anatomy(bytes, type) else { return damagedBytes(bytes, .byte) }
      damage(&anatomy, operation)
      return anatomy.bytes
    }
  }

  private mutating func damage(_ anatomy: inout Anatomy, _ operation: Operation) {
    guard let place = anatomy.parts.indices.randomElement(using: &random),
      let other = anatomy.parts.indices.randomElement(using: &random)
    else { return }
    switch operation {
    case .partByte:
      anatomy.parts[place].data = damagedBytes(anatomy.parts[place].data, Bool.random(using: &random) ? .bit : .byte)
    case .partNumber: anatomy.parts[place].data = damagedBytes(anatomy.parts[place].data, .number)
    case .partRemoved: anatomy.parts.remove(at: place)
    case .partDoubled: anatomy.parts.insert(anatomy.parts[place], at: other)
    case .partsExchanged: anatomy.parts.swapAt(place, other)
    case .partShortened: anatomy.parts[place].data = damagedBytes(anatomy.parts[place].data, .truncated)
    case .partLengthened: anatomy.parts[place].data += anyBytes()
    case .partRenamed: anatomy.parts[place].tag = damagedBytes(anatomy.parts[place].tag, .byte)
    case .between: anatomy.parts[place].tail += anyBytes()
    default: anatomy.parts.insert(unknownPart(in: anatomy.format), at: place)
    }
  }

  private mutating func unknownPart(in format: Anatomy.Format) -> Anatomy.Part {
    let tag: [UInt8] =
      switch format {
      case .png: Array("teSt".utf8)
      case .jpeg: [0xFF, UInt8.random(in: 0xE0...0xFE, using: &random)]
      case .riff: Array("TEST".utf8)
      case .gif: [0x21, UInt8.random(in: 0...255, using: &random)]
      case .boxes: Array("free".utf8)
      case .archive: Array("test.xml".utf8)
      case .objects: Array("99 0".utf8)
      case .sectors: []
      }
    let data = anyBytes()
    if format == .gif { return Anatomy.Part(tag: tag, data: [UInt8(data.count & 0xFF)] + data.prefix(255) + [0]) }
    return Anatomy.Part(tag: tag, data: data)
  }

  private mutating func spliced(_ bytes: [UInt8]) -> [UInt8] {
    guard let other = pick(seeds)?.bytes, !other.isEmpty else { return bytes }
    if var one = Anatomy(bytes, type), let two = Anatomy(other, type), Bool.random(using: &random) {
      let (cut, join) = (
        Int.random(in: 0...one.parts.count, using: &random), Int.random(in: 0...two.parts.count, using: &random)
      )
      one.parts = Array(one.parts[..<cut] + two.parts[join...])
      return one.bytes
    }
    let (cut, join) = (Int.random(in: 0...bytes.count, using: &random), Int.random(in: 0...other.count, using: &random))
    return Array(bytes[..<cut] + other[join...])
  }

  mutating func pick<Element>(_ list: [Element]) -> Element? { list.randomElement(using: &random) }
}
