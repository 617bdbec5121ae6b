internal import Core

/// The primary picture of a HEIC or AVIF file: its tiles, its transparency, its colours, and how it is turned.
///
/// The sizes are checked before any pixel is decoded. Thumbnails, depth maps, gain maps, other pictures and metadata
/// are never read. A picture that overlays others is refused.
/// Sources: ISO/IEC 23008-12 (6.5, 6.6), https://aomediacodec.github.io/av1-avif/
struct HEIFFile {
  /// The maximum number of pixels, besides the general limit: 64 million cost 6 seconds, and phones' panoramas have
  /// fewer.
  static let maximumPixels = 64_000_000
  /// The maximum length of a side: WebP, in which a transparent original is written, has no longer ones.
  static let maximumSide = 16_383
  /// The maximum number of pictures that a picture is derived from, one after the other.
  private static let mostDerivations = 4

  /// A step from the decoded to the upright picture.
  enum Step: Equatable {
    case crop(left: Int, top: Int, width: Int, height: Int)
    /// The turn of an EXIF orientation.
    case turn(Int)
  }

  /// The decoded picture, and its transparency if it has any.
  let picture: HEIFGrid
  let alpha: HEIFGrid?
  let isPremultiplied: Bool
  let colours: HEIFColours
  let steps: [Step]
  /// The size of the upright picture, in pixels.
  let width: Int
  let height: Int

  init(_ bytes: [UInt8], _ type: FileType, limits: DecoderLimits) throws(Refusal) {
    var limits = limits
    limits.maximumPixels = min(limits.maximumPixels, Self.maximumPixels)
    limits.maximumSide = min(limits.maximumSide, Self.maximumSide)
    let items = try HEIFItems(bytes[...])
    guard var item = items.primary else { throw Refusal(.unreadable, "no primary picture") }
    var properties = try items.properties(of: item)
    var outer: [MediaBox] = []
    for _ in 0..<Self.mostDerivations where items.type(of: item) == "iden" {
      let targets = items.targets(of: item, "dimg")
      guard targets.count == 1 else { throw .unreadable }
      outer = properties.filter { Self.steps.contains($0.type) } + outer
      item = targets[0]
      properties = try items.properties(of: item)
    }
    let codec: CodedPart.Codec = type == .avif ? .av1 : .hevc
    picture = try HEIFGrid(items, item, codec, limits)
    let alphaItem = try Self.alpha(of: item, items)
    alpha = try alphaItem.map { (item) throws(Refusal) in try HEIFGrid(items, item, codec, limits) }
    if let alpha {
      guard alpha.width == picture.width, alpha.height == picture.height else {
        throw Refusal(.unreadable, "transparency of another size")
      }
    }
    isPremultiplied = alphaItem.map { items.targets(of: item, "prem").contains($0) } ?? false
    colours = try HEIFColours(properties + picture.tileProperties)
    var size = (width: picture.width, height: picture.height)
    var steps: [Step] = []
    for property in properties + outer {
      guard let step = try Self.step(property, size) else { continue }
      steps.append(step)
      switch step {
      case .crop(_, _, let width, let height): size = (width, height)
      case .turn(let orientation): if orientation >= 5 { size = (size.height, size.width) }
      }
    }
    self.steps = steps
    (width, height) = size
    try limits.check(width: width, height: height, frames: 1)
  }

  /// Returns the item that holds the transparency of `item`; nil if there is none.
  private static func alpha(of item: Int, _ items: HEIFItems) throws(Refusal) -> Int? {
    for reference in items.references where reference.type == "auxl" && reference.to.contains(item) {
      let kind = try items.properties(of: reference.from).first { $0.type == "auxC" }
      guard let name = kind?.content.dropFirst(4).prefix(while: { $0 != 0 }) else { continue }
      if name.equals("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha") || name.equals("urn:mpeg:hevc:2015:auxid:1") {
        return reference.from
      }
    }
    return nil
  }

  private static let steps: Set = ["clap", "irot", "imir"]

  /// Returns the step that a property asks for; nil for other properties. Source: ISO/IEC 23008-12 (6.5.9 to 6.5.12)
  private static func step(_ property: MediaBox, _ size: (width: Int, height: Int)) throws(Refusal) -> Step? {
    var scanner = ByteScanner(property.content)
    switch property.type {
    // Quarters of a turn against the clock.
    case "irot": return .turn([1, 8, 3, 6][Int(try scanner.byte() & 3)])
    // 0 exchanges top and bottom, 1 left and right.
    case "imir": return .turn(try scanner.byte() & 1 == 0 ? 4 : 2)
    case "clap": return try crop(&scanner, size)
    default: return nil
    }
  }

  /// Reads the width, the height, and the offsets of the centre, each as a fraction. Source: ISO/IEC 14496-12 (12.1.4)
  private static func crop(_ scanner: inout ByteScanner, _ size: (width: Int, height: Int)) throws(Refusal) -> Step {
    var values: [Double] = []
    for _ in 0..<4 {
      let numerator = Int32(truncatingIfNeeded: try scanner.bigEndian(4))
      let denominator = try scanner.bigEndian(4)
      guard denominator > 0 else { throw .unreadable }
      values.append(Double(numerator) / Double(denominator))
    }
    let (width, height) = (values[0].rounded(.down), values[1].rounded(.down))
    let left = (values[2] + (Double(size.width) - width) / 2).rounded(.down)
    let top = (values[3] + (Double(size.height) - height) / 2).rounded(.down)
    guard width >= 1, height >= 1, left >= 0, top >= 0, left + width <= Double(size.width),
      top + height <= Double(size.height)
    else { throw Refusal(.unreadable, "cut out beyond the picture") }
    return .crop(left: Int(left), top: Int(top), width: Int(width), height: Int(height))
  }
}
