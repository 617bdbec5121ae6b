internal import Core

extension DecoderLimits {
  /// Returns the limits for an image of `type`: `maximumPixels` is the limit of this type.
  func applied(to type: FileType) -> DecoderLimits {
    var limits = self
    limits.maximumPixels = maximumPixels(of: type)
    return limits
  }

  /// Throws `dimensionsExceeded` if the size of a frame or the number of frames exceeds a limit.
  func check(width: Int, height: Int, frames: Int) throws(Refusal) {
    guard width > 0, height > 0, frames > 0 else { throw .unreadable }
    let long = max(width, height)
    let short = min(width, height)
    let aspectRatio = (long + short - 1) / short
    let (product, isTooLarge) = width.multipliedReportingOverflow(by: height)
    let pixels = isTooLarge ? Int.max : product
    let sizes: [(ExceededLimit.Quantity, Int, Int)] = [
      (.pixels, pixels, maximumPixels), (.side, long, maximumSide),
      (.aspectRatio, aspectRatio, maximumAspectRatio),
    ]
    for (quantity, value, limit) in sizes where value > limit {
      throw Refusal(ExceededLimit(quantity, value, limit: limit, width: width, height: height))
    }
    guard frames <= maximumFrames else { throw Refusal(ExceededLimit(.frames, frames, limit: maximumFrames)) }
  }
}
