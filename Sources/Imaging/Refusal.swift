internal import Core

/// Why a file is not accepted; `detail` is for a developer.
struct Refusal: Error, Hashable {
  let reason: RejectionReason
  let detail: String

  init(_ reason: RejectionReason, _ detail: String = "") {
    self.reason = reason
    self.detail = detail
  }

  static let unreadable = Refusal(.unreadable, "damaged structure")
}

extension DecoderLimits {
  /// Fails where one frame, or the number of frames, is over a limit.
  func check(width: Int, height: Int, frames: Int) throws(Refusal) {
    guard width > 0, height > 0, frames > 0 else { throw .unreadable }
    let long = max(width, height)
    let short = min(width, height)
    guard long <= maximumSide, frames <= maximumFrames, width * height <= maximumPixels,
      long <= short * maximumAspectRatio
    else { throw Refusal(.dimensionsExceeded, "\(width)×\(height), \(frames) frames") }
  }
}
