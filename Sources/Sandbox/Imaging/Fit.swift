internal import Core

/// How an upright image becomes a variant: scaled to a size, then cropped about the middle, and never enlarged.
struct Fit: Hashable {
  /// The whole image's size after scaling, in pixels.
  let scaledWidth: Int
  let scaledHeight: Int
  /// What is left of it, in pixels.
  let width: Int
  let height: Int

  /// Nil where the variant keeps the upload's own pixels.
  init?(_ shape: VariantShape, width: Int, height: Int) {
    func scaled(_ side: Int, _ numerator: Int, _ denominator: Int) -> Int {
      max(1, (side * numerator + denominator / 2) / denominator)
    }
    switch shape {
    case .stripped: return nil
    case .width(let most):
      scaledWidth = min(width, most)
      scaledHeight = width <= most ? height : scaled(height, most, width)
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
        // Too small: as much of it as has the shape that was asked for.
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
