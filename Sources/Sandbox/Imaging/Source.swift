internal import Core

/// An image that can be rendered.
protocol RenderedSource {
  var type: FileType { get }
  /// The width and height of the upright image, in pixels.
  var width: Int { get }
  var height: Int { get }
  var frames: Int { get }
  /// The length of the file, in bytes.
  var count: Int { get }
  /// The limits for this type of image.
  var limits: DecoderLimits { get }

  /// Returns upright sRGB pixels in memory, just large enough for all `fits`, so that the image is decoded only once.
  func base(for fits: [Fit]) throws(Refusal) -> Picture

  /// Returns the upright image in full size without metadata.
  func original(quality: Int) throws(Refusal) -> (type: FileType, bytes: [UInt8])
}

/// An image that passed every check that needs no decoding.
///
/// Its bytes must outlive this value.
struct Source: RenderedSource {
  let bytes: UnsafeRawBufferPointer
  let type: FileType
  let width: Int
  let height: Int
  let frames: Int
  private let orientation: Int
  private let file: any ImageFile
  private let colours: Colours
  let limits: DecoderLimits

  var count: Int { bytes.count }

  init(_ file: any ImageFile, _ bytes: UnsafeRawBufferPointer, _ type: FileType, _ limits: DecoderLimits)
    throws(Refusal)
  {
    let outline = file.outline
    let header = file.decodesItself ? nil : try Picture(bytes, type: type)
    if let header {
      guard header.width == outline.width && header.height == outline.height else {
        throw Refusal(.unreadable, "libvips reads another size")
      }
      try limits.check(width: header.width, height: header.height, frames: max(outline.frames, header.frames))
    }
    let turned = outline.orientation >= 5
    self.bytes = bytes
    self.type = type
    self.file = file
    self.limits = limits
    width = turned ? outline.height : outline.width
    height = turned ? outline.width : outline.height
    frames = outline.frames
    orientation = outline.orientation
    let bands = header?.bands ?? 3
    let model: ColourModel = bands < 3 ? .grey : type == .jpeg && bands == 4 ? .cmyk : .rgb
    colours = file.colours(of: header?.profile(atMost: ICCProfile.maximumBytes), model)
  }

  func base(for fits: [Fit]) throws(Refusal) -> Picture {
    let largest = fits.max { $0.scaledWidth < $1.scaledWidth }
    let wide = largest?.scaledWidth ?? min(width, 8)
    let high = largest?.scaledHeight ?? min(height, 8)
    try checkMemory(scaled: wide, high)
    let turned = orientation >= 5
    return try loaded(eighths: eighths(for: wide, high))
      .scaled(to: turned ? high : wide, turned ? wide : high)
      .inSRGB(by: colours)
      .pixels()
      .upright(orientation)
  }

  private func loaded(eighths: Int) throws(Refusal) -> Picture {
    file.decodesItself ? try file.firstPicture() : try Picture(bytes, type: type, eighths: eighths)
  }

  /// The address space of a decoder at rest, in bytes: 212 MB were measured.
  private static let restingBytes = 224 << 20
  /// The memory of one pixel of the scaled image, in bytes: its channels, and libwebp's picture of it.
  private static let scaledBytes = 16

  /// Throws if decoding the image, or writing the original, takes more memory than the process may have.
  ///
  /// Without this check such a file would end the process, and count as unreadable.
  private func checkMemory(scaled wide: Int, _ high: Int) throws(Refusal) {
    let pixels = width * height
    let decoding = file.decodingBytes(pixels: pixels, eighths: eighths(for: wide, high))
    let writing = file.writingBytes(pixels: pixels, isTurned: orientation != 1)
    let needed =
      Self.restingBytes
      + max(bytes.count + decoding + Self.scaledBytes * wide * high, 4 * bytes.count + writing)
    guard needed <= limits.addressSpaceBytes else {
      throw Refusal(
        ExceededLimit(.memory, needed, limit: limits.addressSpaceBytes, width: width, height: height)
      )
    }
  }

  /// Returns the smallest size, in eighths, at which the decoder can load the image for a scaled image.
  private func eighths(for wide: Int, _ high: Int) -> Int {
    file.smallSizes.first { width * $0 / 8 >= wide && height * $0 / 8 >= high } ?? 8
  }

  /// Returns the upright image in its original format without metadata.
  ///
  /// The image is re-encoded with loss only if it must be turned and is a lossy WebP, or a JPEG whose edges are not
  /// whole blocks. Every other image is written without loss. A turned WebP is converted to sRGB.
  func original(quality: Int) throws(Refusal) -> (type: FileType, bytes: [UInt8]) {
    let bytes: [UInt8]
    if orientation == 1 {
      bytes = try accounted(file, colours.profile)
    } else if let turned = type == .jpeg ? try turnedPhotograph() : nil {
      var file = try JPEGFile(turned[...], limits: limits)
      file.isOwn = true
      bytes = try accounted(file, colours.profile)
    } else {
      let turned = try parsed(turned(quality: quality))
      if let png = file as? PNGFile, let turned = turned as? PNGFile {
        bytes = try accounted(turned.coloured(like: png), colours.profile)
      } else {
        bytes = try accounted(turned, nil)
      }
    }
    guard try size(of: bytes) == (width, height) else { throw Refusal(.unreadable, "written wrongly") }
    return (type, bytes)
  }

  /// Returns the size that decoders read in a written file.
  private func size(of bytes: [UInt8]) throws(Refusal) -> (width: Int, height: Int) {
    if file.decodesItself {
      let outline = try parsed(bytes).outline
      return (outline.width, outline.height)
    }
    return try bytes.withUnsafeBufferPointer { (bytes) throws(Refusal) -> (Int, Int) in
      let written = try Picture(UnsafeRawBufferPointer(bytes), type: type)
      return (written.width, written.height)
    }
  }

  private func parsed(_ bytes: [UInt8]) throws(Refusal) -> any ImageFile {
    guard let file = try imageFile(type, bytes, limits: limits) else { throw .unreadable }
    return file
  }

  /// Returns a JPEG turned without loss; nil if that is impossible.
  ///
  /// libjpeg treats bytes after the codes as damage. If the first attempt fails, these bytes are removed first.
  private func turnedPhotograph() throws(Refusal) -> [UInt8]? {
    if let turned = turnedJPEG(bytes, orientation) { return turned }
    return try accounted(file, colours.profile).withUnsafeBytes { turnedJPEG($0, orientation) }
  }

  private func turned(quality: Int) throws(Refusal) -> [UInt8] {
    // A conversion in memory holds more copies, so its picture is decoded on demand.
    if let file = file as? JPEGFile, colours.conversion == nil, file.frame.map({ $0.components.count <= 3 }) ?? false {
      return try Picture(photograph: bytes).inSRGB(by: colours).upright(orientation)
        .encoded(type, quality: quality, halved: file.frame?.isHalved ?? false)
    }
    let loaded = try Picture(bytes, type: type)
    // A PNG keeps its bit depth and profile, so that the turn loses nothing.
    let picture = type == .png ? loaded : try loaded.inSRGB(by: colours)
    let isLossless = (file as? WebPFile)?.isLossless ?? false
    return try picture.pixels().upright(orientation).encoded(type, quality: quality, lossless: isLossless)
  }
}
