/// The conversion of an image's samples to colours, and the profile that states it in `original`.
struct Colours {
  enum Conversion {
    case coding(ColourCoding)
    case table(ColourTable)
  }

  /// Nil for samples that are sRGB, and for CMYK without a profile.
  var conversion: Conversion?
  /// The ICC profile that the image keeps.
  var profile: [UInt8]?

  /// Colours without a statement: those of sRGB, or CMYK inks.
  static let standard = Colours()
}
