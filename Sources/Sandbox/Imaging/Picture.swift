internal import CVips
internal import Core
internal import Glibc

/// A libvips image, released with its last reference.
///
/// The bytes that it was loaded from must outlive it.
final class Picture {
  private let handle: OpaquePointer

  private init(_ handle: OpaquePointer?) throws(Refusal) {
    guard let handle else { throw Refusal(.unreadable, takeVipsError()) }
    self.handle = handle
  }

  deinit { cvips_release(handle) }

  /// Loads the first frame, which is decoded on demand; a JPEG or WebP can be loaded in `eighths` of its size.
  convenience init(_ bytes: UnsafeRawBufferPointer, type: FileType, eighths: Int = 8) throws(Refusal) {
    guard let format = type.vipsFormat else { throw Refusal(.unreadable, "no loader for \(type.rawValue)") }
    try self.init(cvips_load(format, bytes.baseAddress, bytes.count, Int32(eighths)))
  }

  /// Decodes a JPEG in full size into memory, faster than on demand.
  convenience init(photograph bytes: UnsafeRawBufferPointer) throws(Refusal) {
    try self.init(cvips_decode_jpeg(bytes.baseAddress, bytes.count, 8))
  }

  /// Creates an image from pixels in rows, 8 bits per channel; `draw` gets zeros, and bands are RGB or RGBA.
  convenience init(width: Int, height: Int, bands: Int, draw: (UnsafeMutableBufferPointer<UInt8>) -> Void)
    throws(Refusal)
  {
    let count = width * height * bands
    guard let room = calloc(count, 1) else { throw Refusal(.unreadable, "no memory for \(count) bytes") }
    draw(UnsafeMutableBufferPointer(start: room.assumingMemoryBound(to: UInt8.self), count: count))
    try self.init(cvips_keep(room, Int32(width), Int32(height), Int32(bands)))
  }

  /// Creates a plain image; `bands` is 1, 3, or 4 for CMYK.
  convenience init(blank side: Int, bands: Int) throws(Refusal) {
    try self.init(cvips_blank(Int32(side), Int32(side), Int32(bands)))
  }

  /// Takes over the pixels of a canvas.
  convenience init(_ canvas: Canvas) throws(Refusal) { try self.init(canvas.image()) }

  var width: Int { Int(cvips_describe(handle).width) }
  var height: Int { Int(cvips_describe(handle).height) }
  var frames: Int { Int(cvips_describe(handle).frames) }
  /// The number of channels, including transparency.
  var bands: Int { Int(cvips_describe(handle).bands) }

  /// Returns the embedded ICC profile; nil if there is none, or if it is longer than `limit` bytes.
  func profile(atMost limit: Int) -> [UInt8]? {
    var length = 0
    guard let data = cvips_profile(handle, &length), length <= limit else { return nil }
    return Array(UnsafeRawBufferPointer(start: data, count: length))
  }

  func scaled(to width: Int, _ height: Int) throws(Refusal) -> Picture {
    if width == self.width, height == self.height { return self }
    return try Picture(cvips_scale(handle, Int32(width), Int32(height)))
  }

  /// Returns the image in sRGB with 8 bits per channel.
  func inSRGB(by colours: Colours) throws(Refusal) -> Picture {
    switch colours.conversion {
    case .coding(let coding): try Picture(coding.converted(handle))
    case .table(let table): try Picture(table.converted(handle))
    case nil: try Picture(cvips_srgb(handle))
    }
  }

  /// Computes the pixels on this thread, and drops them.
  func compute() throws(Refusal) {
    guard cvips_compute(handle) else { throw Refusal(.unreadable, takeVipsError()) }
  }

  /// Returns the computed pixels in memory, without metadata.
  func pixels() throws(Refusal) -> Picture { try Picture(cvips_pixels(handle)) }

  /// Returns the image turned by the EXIF `orientation`; the pixels must be in memory.
  func upright(_ orientation: Int) throws(Refusal) -> Picture {
    orientation == 1 ? self : try Picture(cvips_upright(handle, Int32(orientation)))
  }

  func cropped(left: Int, top: Int, width: Int, height: Int) throws(Refusal) -> Picture {
    if width == self.width, height == self.height { return self }
    return try Picture(cvips_crop(handle, Int32(left), Int32(top), Int32(width), Int32(height)))
  }

  /// Returns the encoded image for display.
  ///
  /// WebP with loss can miss the colour of a flat surface by 6 of 255. An image with few colours is therefore encoded
  /// without loss, if that does not double its size, as it would for a dithered photograph.
  func rendering(_ type: FileType, quality: Int) throws(Refusal) -> [UInt8] {
    guard type == .webp else { return try encoded(type, quality: quality) }
    let picture = try pixels()
    let lossy = try picture.encoded(type, quality: quality)
    guard cvips_has_few_colours(picture.handle) else { return lossy }
    let exact = try picture.encoded(type, quality: quality, lossless: true)
    return exact.count <= max(2 * lossy.count, Self.smallBytes) ? exact : lossy
  }

  /// Below this size, a rendering without loss is always small enough.
  private static let smallBytes = 4096

  /// Returns the image as a file; the pixels must be in memory.
  ///
  /// A lossy WebP can hold 512 kB of block modes and 16 MB of coefficients. A large image with much detail needs more at a
  /// high quality, so a lower quality is tried if writing fails, and then WebP without loss, which has no such bounds.
  /// A JPEG has half of the rows and columns of its colour differences if `halved` is true.
  func encoded(_ type: FileType, quality: Int, lossless: Bool = false, halved: Bool = false) throws(Refusal) -> [UInt8]
  {
    guard let format = type.vipsFormat else { throw Refusal(.unreadable, "no writer for \(type.rawValue)") }
    let others = type == .webp && !lossless ? [(40, false), (40, true)] : []
    for (quality, lossless) in [(quality, lossless)] + others {
      var length = 0
      guard let data = cvips_save(handle, format, Int32(quality), lossless, halved, &length) else { continue }
      defer { cvips_free(data) }
      return Array(UnsafeRawBufferPointer(start: data, count: length))
    }
    throw Refusal(.unreadable, takeVipsError())
  }
}

/// Returns a JPEG turned upright without loss; nil if that is impossible.
func turnedJPEG(_ bytes: UnsafeRawBufferPointer, _ orientation: Int) -> [UInt8]? {
  var length = 0
  guard let data = cvips_turn_jpeg(bytes.baseAddress, bytes.count, Int32(orientation), &length) else { return nil }
  defer { free(data) }
  return Array(UnsafeRawBufferPointer(start: data, count: length))
}

/// Returns the last error message of libvips.
func takeVipsError() -> String {
  guard let text = cvips_error() else { return "" }
  defer { cvips_free(text) }
  return String(cString: text)
}

extension FileType {
  fileprivate var vipsFormat: cvips_format? {
    switch self {
    case .jpeg: CVIPS_JPEG
    case .png: CVIPS_PNG
    case .webp: CVIPS_WEBP
    default: nil
    }
  }
}
