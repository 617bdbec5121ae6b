internal import CVips
internal import Core
internal import Glibc

/// One libvips image, released with its last reference; the bytes that it was loaded from must outlive it.
final class Picture {
  private let handle: OpaquePointer

  private init(_ handle: OpaquePointer?) throws(Refusal) {
    guard let handle else { throw Refusal(.unreadable, takeVipsError()) }
    self.handle = handle
  }

  deinit { cvips_release(handle) }

  /// The first frame, decoded as its pixels are asked for; a JPEG or a WebP `shrink` times smaller.
  convenience init(_ bytes: UnsafeRawBufferPointer, type: FileType, shrink: Int = 1) throws(Refusal) {
    guard let format = type.vipsFormat else { throw Refusal(.unreadable, "no loader for \(type.rawValue)") }
    try self.init(cvips_load(format, bytes.baseAddress, bytes.count, Int32(shrink)))
  }

  /// A plain picture; `bands` is 1, 3, or 4 for CMYK.
  convenience init(blank side: Int, bands: Int) throws(Refusal) {
    try self.init(cvips_blank(Int32(side), Int32(side), Int32(bands)))
  }

  var width: Int { Int(cvips_describe(handle).width) }
  var height: Int { Int(cvips_describe(handle).height) }
  var frames: Int { Int(cvips_describe(handle).frames) }
  /// Channels of a pixel, transparency among them.
  var bands: Int { Int(cvips_describe(handle).bands) }

  /// The embedded ICC profile; nil where there is none of at most `limit` bytes.
  func profile(atMost limit: Int) -> [UInt8]? {
    var length = 0
    guard let data = cvips_profile(handle, &length), length <= limit else { return nil }
    return Array(UnsafeRawBufferPointer(start: data, count: length))
  }

  func scaled(to width: Int, _ height: Int) throws(Refusal) -> Picture {
    if width == self.width, height == self.height { return self }
    return try Picture(cvips_scale(handle, Int32(width), Int32(height)))
  }

  /// 8 bits a channel in sRGB, by `profile` where there is one.
  func inSRGB(by profile: [UInt8]?) throws(Refusal) -> Picture {
    guard let profile else { return try Picture(cvips_srgb(handle, nil, 0)) }
    return try Picture(cvips_srgb(handle, profile, profile.count))
  }

  /// Computed, in memory, and without metadata.
  func pixels() throws(Refusal) -> Picture { try Picture(cvips_pixels(handle)) }

  /// Turned as EXIF's `orientation` asks; only for pixels in memory.
  func upright(_ orientation: Int) throws(Refusal) -> Picture {
    orientation == 1 ? self : try Picture(cvips_upright(handle, Int32(orientation)))
  }

  func cropped(left: Int, top: Int, width: Int, height: Int) throws(Refusal) -> Picture {
    if width == self.width, height == self.height { return self }
    return try Picture(cvips_crop(handle, Int32(left), Int32(top), Int32(width), Int32(height)))
  }

  func encoded(_ type: FileType, quality: Int, lossless: Bool = false) throws(Refusal) -> [UInt8] {
    guard let format = type.vipsFormat else { throw Refusal(.unreadable, "no writer for \(type.rawValue)") }
    var length = 0
    guard let data = cvips_save(handle, format, Int32(quality), lossless, &length) else {
      throw Refusal(.unreadable, takeVipsError())
    }
    defer { cvips_free(data) }
    return Array(UnsafeRawBufferPointer(start: data, count: length))
  }
}

/// A JPEG turned upright without loss; nil where that cannot be done.
func turnedJPEG(_ bytes: UnsafeRawBufferPointer, _ orientation: Int) -> [UInt8]? {
  var length = 0
  guard let data = cvips_turn_jpeg(bytes.baseAddress, bytes.count, Int32(orientation), &length) else { return nil }
  defer { free(data) }
  return Array(UnsafeRawBufferPointer(start: data, count: length))
}

/// What libvips last complained about.
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
    case .gif: CVIPS_GIF
    default: nil
    }
  }
}
