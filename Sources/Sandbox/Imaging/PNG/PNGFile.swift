internal import Core

/// A PNG file as its chunks; the checksums of all kept chunks are verified.
///
/// Browsers show a picture whose rows are complete, whatever follows them, and overlook wrong checksums of chunks that
/// they can do without.
///
/// Source: https://www.w3.org/TR/png-3/
struct PNGFile: ImageFile {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// The chunks without which the pixels are wrong.
  private static let pixelChunks: Set = ["IHDR", "PLTE", "tRNS", "IDAT"]

  let smallSizes: [Int] = []
  private(set) var outline = Outline()
  private let header: PNGHeader
  private let headerData: ArraySlice<UInt8>
  private var statement = PNGColours()
  private var palette: [UInt8] = []
  private var transparency: [UInt8] = []
  private var picture: PNGImage
  private var animation: PNGAnimation?
  private let bytes: ArraySlice<UInt8>
  /// The places of the chunks that a decoder of the default image needs.
  private var needed: [Range<Int>]
  /// The place of the first chunk of pixels.
  private var pixelStart = 0
  /// True if libpng reports an error that browsers overlook.
  private var hasFault = false
  /// True if the end of the file cuts a chunk of the picture.
  private var isCut = false
  private var sawOrientation = false

  init(_ bytes: ArraySlice<UInt8>, limits: DecoderLimits) throws(Refusal) {
    self.bytes = bytes
    var scanner = ByteScanner(bytes)
    guard try scanner.take(8).elementsEqual(Self.signature) else { throw .unreadable }
    guard let first = Self.nextChunk(&scanner), first.name == "IHDR", first.isIntact else { throw .unreadable }
    headerData = first.data
    header = try PNGHeader(first.data)
    needed = [first.place]
    picture = PNGImage(width: header.width, height: header.height, pieces: [])
    outline.width = header.width
    outline.height = header.height
    try outline.check(limits)
    var frames = PNGAnimation.Reader(width: header.width, height: header.height)
    var end: Chunk?
    var last = "IHDR"
    var rest = scanner
    while end == nil, let chunk = Self.nextChunk(&scanner) {
      rest = scanner
      if chunk.name == "IEND" { end = chunk }
      if chunk.isIntact {
        try take(chunk, after: last, &frames)
        outline.frames = max(1, frames.count)
        try outline.check(limits)
      } else {
        hasFault = true
        // Every browser shows a picture whose rows are complete, so damage after the rows is no reason for a refusal.
        let isMissed = picture.pieces.isEmpty ? chunk.isCritical || chunk.name == "tRNS" : chunk.name == "IDAT"
        if isMissed { throw Refusal(.unreadable, "wrong checksum of \(chunk.name)") }
      }
      last = chunk.name
    }
    if end?.isIntact != true { hasFault = true }
    if end == nil { takeCut(rest, after: last, &frames) }
    guard !picture.pieces.isEmpty, !header.hasPalette || !palette.isEmpty else { throw .unreadable }
    let found = frames.finish()
    // Without its last frames, an animation is a part of a picture.
    if end == nil, frames.announced > max(1, found?.frames.count ?? 0) { throw Refusal(.unreadable, "frames missing") }
    // If the default image is no frame, browsers show another picture than all other decoders.
    animation = found.flatMap { $0.beginsWithPicture ? $0 : nil }
    outline.frames = animation.map { max(1, $0.frames.count) } ?? 1
    if outline.frames > 1 { outline.orientation = 1 }
    statement.settle(header.model)
  }

  private struct Chunk {
    let name: String
    let data: ArraySlice<UInt8>
    /// The place of the chunk in the file, with its length and checksum.
    let place: Range<Int>
    let isCritical: Bool
    /// True if the checksum is right.
    let isIntact: Bool
  }

  /// Returns the next chunk; nil if the file ends before the end of the chunk.
  private static func nextChunk(_ scanner: inout ByteScanner) -> Chunk? {
    let start = scanner.position
    guard let length = try? scanner.bigEndian(4), let named = try? scanner.take(length + 4),
      let checksum = try? scanner.bigEndian(4)
    else { return nil }
    return Chunk(
      name: String(decoding: named.prefix(4), as: UTF8.self),
      data: named.dropFirst(4),
      place: start..<scanner.position,
      isCritical: named[named.startIndex] & 0x20 == 0,
      isIntact: checksum == Int(crc32(named))
    )
  }

  /// Reads a chunk with a right checksum; `last` is the name of the chunk before it.
  private mutating func take(_ chunk: Chunk, after last: String, _ frames: inout PNGAnimation.Reader) throws(Refusal) {
    switch chunk.name {
    case "IDAT":
      // Decoders read the first row of these chunks.
      guard picture.pieces.isEmpty || last == "IDAT" else { return }
      if picture.pieces.isEmpty { pixelStart = chunk.place.lowerBound }
      picture.pieces.append(chunk.data)
      frames.takePicture()
    case "acTL", "fcTL", "fdAT": frames.take(chunk.name, chunk.data)
    case _ where !picture.pieces.isEmpty:
      // Decoders ignore tables after the picture.
      if chunk.isCritical, chunk.name != "IEND" { hasFault = true }
      return
    case "eXIf":
      guard !sawOrientation else { return }
      sawOrientation = true
      outline.orientation = exifOrientation(tiff: chunk.data)
    case _ where Self.pixelChunks.contains(chunk.name) || PNGColours.names.contains(chunk.name):
      try takeTable(chunk.name, chunk.data)
      if chunk.name == "PLTE", !header.hasPalette {
        // libpng complains about its place, but such a palette has no effect.
        hasFault = true
        return
      }
    default:
      if chunk.isCritical { throw .unreadable }
      if !chunk.name.utf8.allSatisfy({ 0x41...0x5A ~= $0 & 0xDF }) { hasFault = true }
    }
    if Self.pixelChunks.contains(chunk.name) || chunk.name == "iCCP" { need(chunk.place) }
  }

  /// Reads a chunk of the picture that the end of the file cuts.
  private mutating func takeCut(_ rest: ByteScanner, after last: String, _ frames: inout PNGAnimation.Reader) {
    var rest = rest
    let start = rest.position
    guard picture.pieces.isEmpty || last == "IDAT", let length = try? rest.bigEndian(4),
      let name = try? rest.take(4), name.equals("IDAT"), let data = try? rest.take(min(length, rest.remaining))
    else { return }
    if picture.pieces.isEmpty { pixelStart = start }
    picture.pieces.append(data)
    frames.takePicture()
    isCut = true
  }

  private mutating func need(_ place: Range<Int>) {
    if let last = needed.last, last.upperBound == place.lowerBound {
      needed[needed.count - 1] = last.lowerBound..<place.upperBound
    } else {
      needed.append(place)
    }
  }

  func mended() throws(Refusal) -> [UInt8]? {
    if isCut {
      // The stream of the pixels has a checksum, too.
      var budget = PNGBudget()
      guard try picture.isVerified(header, budget: &budget) else { throw Refusal(.unreadable, "no checksum of IDAT") }
      return try rewritten()
    }
    guard hasFault else { return nil }
    var out = Self.signature
    for place in needed { out += bytes[place] }
    Self.append("IEND", [], to: &out)
    return out
  }

  func rewritten() throws(Refusal) -> [UInt8]? {
    // libpng refuses a stream that has all rows and no end; browsers do not.
    var budget = PNGBudget()
    let whole = try picture.accounted(header, anew: true, budget: &budget).image
    var out = Self.signature
    for place in needed { out += bytes[place.clamped(to: bytes.startIndex..<pixelStart)] }
    for piece in whole.pieces { Self.append("IDAT", piece, to: &out) }
    Self.append("IEND", [], to: &out)
    return out
  }

  /// Keeps the first valid table of each kind that affects the pixels.
  private mutating func takeTable(_ name: String, _ data: ArraySlice<UInt8>) throws(Refusal) {
    let values = Array(data)
    switch name {
    case "PLTE":
      guard header.hasPalette else { return }
      guard palette.isEmpty, (3...768).contains(values.count), values.count.isMultiple(of: 3) else { throw .unreadable }
      // Decoders ignore colours that no pixel can have.
      palette = Array(values.prefix(3 << header.depth))
    case "tRNS":
      guard transparency.isEmpty else { return }
      if header.hasPalette, values.count <= palette.count / 3 {
        transparency = values
      } else if [0: 2, 2: 6][header.colour] == values.count {
        let most = 1 << header.depth - 1
        transparency = stride(from: 0, to: values.count, by: 2).flatMap {
          bigEndian(number(values[$0..<$0 + 2]) & most, 2)
        }
      }
    case "IHDR": throw .unreadable
    default: statement.take(name, data, behindPalette: !palette.isEmpty)
    }
  }

  func colours(of profile: [UInt8]?, _ model: ColourModel) -> Colours { statement.colours }

  /// Returns the file with the colours of `other` in place of its chunks'.
  func coloured(like other: PNGFile) -> PNGFile {
    var file = self
    file.statement = other.statement
    return file
  }

  /// libpng holds an interlaced image whole, and one row of any other.
  func decodingBytes(pixels: Int, eighths: Int) -> Int {
    header.isInterlaced ? pixels * header.bytesPerPixel(isTransparent: !transparency.isEmpty) : 0
  }

  func writingBytes(pixels: Int, isTurned: Bool) -> Int {
    let bytes = pixels * header.bytesPerPixel(isTransparent: !transparency.isEmpty)
    return isTurned ? bytes * (header.isInterlaced ? 2 : 1) : 0
  }

  func stripped(profile: [UInt8]?) throws(Refusal) -> [UInt8] {
    try written(profile, palette: palette, transparency: transparency, picture, animation)
  }

  func accounted(profile: [UInt8]?, anew: Bool) throws(Refusal) -> [UInt8]? {
    var budget = PNGBudget()
    var (picture, used) = try picture.accounted(header, anew: anew, budget: &budget)
    var animation = animation
    try animation?.account(header, anew: anew, budget: &budget, used: &used)
    var palette = palette
    var transparency = transparency
    if header.hasPalette { Self.forget(colours: used, in: &palette, &transparency) }
    return try written(profile, palette: palette, transparency: transparency, picture, animation)
  }

  /// Makes unused palette colours black, and removes them after the last used colour.
  private static func forget(colours used: [Bool], in palette: inout [UInt8], _ transparency: inout [UInt8]) {
    let count = min(palette.count / 3, (used.lastIndex(of: true) ?? 0) + 1)
    palette = (0..<count).flatMap { used[$0] ? palette[3 * $0..<3 * $0 + 3] : [0, 0, 0] }
    transparency = transparency.prefix(count).enumerated().map { used[$0.offset] ? $0.element : 0xFF }
    while transparency.last == 0xFF { transparency.removeLast() }
  }

  private func written(
    _ profile: [UInt8]?,
    palette: [UInt8],
    transparency: [UInt8],
    _ picture: PNGImage,
    _ animation: PNGAnimation?
  ) throws(Refusal) -> [UInt8] {
    var out = Self.signature
    out.reserveCapacity(picture.pieces.reduce(1024) { $0 + $1.count })
    Self.append("IHDR", headerData, to: &out)
    if let profile { Self.append("iCCP", Array("icc\0\0".utf8) + (try deflated(profile)), to: &out) }
    for chunk in statement.chunks { Self.append(chunk.name, chunk.data, to: &out) }
    if !palette.isEmpty { Self.append("PLTE", palette, to: &out) }
    if !transparency.isEmpty { Self.append("tRNS", transparency, to: &out) }
    animation?.writeHead(to: &out)
    for piece in picture.pieces { Self.append("IDAT", piece, to: &out) }
    animation?.writeRest(to: &out)
    Self.append("IEND", [], to: &out)
    return out
  }

  static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    append(name, data, to: &out)
    return out
  }

  static func append(_ name: String, _ data: some Collection<UInt8>, to out: inout [UInt8]) {
    out += bigEndian(data.count, 4)
    let start = out.count
    out += Array(name.utf8)
    out += data
    out += bigEndian(Int(crc32(out[start...])), 4)
  }
}

func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
