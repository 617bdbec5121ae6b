internal import Core

/// The scaling and cropping of an upright image to a variant: scaled first, then cropped around the centre, never
/// enlarged.
struct Fit: Hashable {
  /// The longest side that WebP, the format of the variants, can have.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc9649#section-2.5 (VP8 and VP8L have 14 bits for each side)
  static let longestSide = 16_383

  /// The size of the whole image after scaling, in pixels.
  let scaledWidth: Int
  let scaledHeight: Int
  /// The size after cropping, in pixels.
  let width: Int
  let height: Int

  /// Nil if the variant keeps the original pixels.
  init?(_ shape: VariantShape, width: Int, height: Int) {
    func scaled(_ side: Int, _ numerator: Int, _ denominator: Int) -> Int {
      max(1, (side * numerator + denominator / 2) / denominator)
    }
    switch shape {
    case .stripped: return nil
    case .width(let most):
      // The side that has to shrink more decides, so that a tall image keeps its aspect ratio and becomes narrower.
      if width <= most, height <= Self.longestSide {
        scaledWidth = width
        scaledHeight = height
      } else if height * most <= Self.longestSide * width {
        scaledWidth = most
        scaledHeight = min(Self.longestSide, scaled(height, most, width))
      } else {
        scaledWidth = min(most, scaled(width, Self.longestSide, height))
        scaledHeight = Self.longestSide
      }
      self.width = scaledWidth
      self.height = scaledHeight
    case .cover(let across, let down):
      if width >= across, height >= down {
        let byWidth = across * height >= down * width
        scaledWidth = byWidth ? across : scaled(width, down, height)
        scaledHeight = byWidth ? scaled(height, across, width) : down
        self.width = across
        self.height = down
      } else {
        // The image is too small: it is cropped to the requested aspect ratio without scaling.
        let byWidth = across * height >= down * width
        scaledWidth = width
        scaledHeight = height
        self.width = byWidth ? width : min(width, scaled(height, across, down))
        self.height = byWidth ? min(height, scaled(width, down, across)) : height
      }
    }
  }

  var left: Int { (scaledWidth - width) / 2 }
  var top: Int { (scaledHeight - height) / 2 }
}
