internal import Core

extension DecoderLimits {
  /// Throws `dimensionsExceeded` if the size of a frame or the number of frames exceeds a limit.
  func check(width: Int, height: Int, frames: Int) throws(Refusal) {
    guard width > 0, height > 0, frames > 0 else { throw .unreadable }
    let long = max(width, height)
    let short = min(width, height)
    guard long <= maximumSide, frames <= maximumFrames, width * height <= maximumPixels,
      long <= short * maximumAspectRatio
    else { throw Refusal(.dimensionsExceeded, "\(width)×\(height), \(frames) frames") }
  }
}
