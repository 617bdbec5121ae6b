internal import CVips
internal import Core
internal import Glibc

/// A HEIC or AVIF picture, decoded once.
struct HEIFSource: RenderedSource {
  let type: FileType
  let width: Int
  let height: Int
  let frames = 1
  let count: Int
  /// The upright picture in its own colours.
  private let shown: Picture
  private let colours: Colours
  private let hasAlpha: Bool
  let limits: DecoderLimits

  init(_ bytes: [UInt8], _ type: FileType, limits: DecoderLimits) throws(Refusal) {
    let file = try HEIFFile(bytes, type, limits: limits)
    self.type = type
    self.limits = limits
    count = bytes.count
    width = file.width
    height = file.height
    hasAlpha = file.alpha != nil
    let (canvas, model, numbers) = try Self.decoded(file, isHEVC: type == .heic)
    colours = file.colours.colours(numbers, model)
    var picture = canvas
    for step in file.steps {
      switch step {
      case .crop(let left, let top, let width, let height):
        picture = try picture.cropped(left: left, top: top, width: width, height: height)
      case .turn(let orientation): picture = try picture.upright(orientation)
      }
    }
    shown = file.steps.isEmpty ? picture : try picture.pixels()
  }

  private static func decoded(_ file: HEIFFile, isHEVC: Bool) throws(Refusal)
    -> (Picture, ColourModel, HEIFColours.Numbers)
  {
    let first = try file.picture.tile(0)
    let isGrey = first.picture.facts.bands == 1
    let numbers = file.colours.numbers(of: first.picture, isHEVC: isHEVC)
    let canvas = try Canvas(file.picture.width, file.picture.height, (isGrey ? 1 : 3) + (file.alpha == nil ? 0 : 1))
    for index in file.picture.indices {
      let (picture, left, top) = index == 0 ? first : try file.picture.tile(index)
      guard (picture.facts.bands == 1) == isGrey, canvas.put(picture, left, top, numbers) else {
        throw Refusal(.unreadable, "unknown colours")
      }
    }
    if let alpha = file.alpha {
      for index in alpha.indices {
        let (picture, left, top) = try alpha.tile(index)
        canvas.putAlpha(picture, left, top)
      }
      if file.isPremultiplied { canvas.unmultiply() }
    }
    return (try Picture(canvas), isGrey ? .grey : .rgb, numbers)
  }

  func base(for fits: [Fit]) throws(Refusal) -> Picture {
    let largest = fits.max { $0.scaledWidth < $1.scaledWidth }
    return try shown.scaled(to: largest?.scaledWidth ?? min(width, 8), largest?.scaledHeight ?? min(height, 8))
      .inSRGB(by: colours)
      .pixels()
  }

  /// Returns a JPEG with the colour profile, or a WebP in sRGB if the picture has transparency.
  ///
  /// A picture of high dynamic range becomes sRGB too, since no profile of a JPEG with 8 bits states its light.
  func original(quality: Int) throws(Refusal) -> (type: FileType, bytes: [UInt8]) {
    let type: FileType = hasAlpha ? .webp : .jpeg
    let profile = hasAlpha ? nil : colours.profile
    let picture = profile == nil ? try shown.inSRGB(by: colours) : shown
    let written = try picture.encoded(type, quality: quality)
    guard let file = try imageFile(type, written, limits: limits) else { throw .unreadable }
    return (type, try accounted(file, profile))
  }
}
