/// What the decoder refuses to decode, and what the system takes from it.
public struct DecoderLimits: Hashable, Sendable {
  /// Width × height of one frame, in pixels; default 50 million.
  public var maximumPixels: Int
  /// The longer side, in pixels; default 20,000.
  public var maximumSide: Int
  /// The longer side over the shorter; default 100.
  public var maximumAspectRatio: Int
  /// Frames of an animation; default 500.
  public var maximumFrames: Int
  /// Address space, in bytes (RLIMIT_AS); default 1.5 GB.
  public var addressSpaceBytes: Int
  /// CPU time of one child, in seconds (RLIMIT_CPU); default 60.
  public var cpuSeconds: Int
  /// Wall time for one request, in seconds; then the parent kills the child; default 20.
  public var deadlineSeconds: Int

  /// Limits; the defaults are the product's.
  public init(
    maximumPixels: Int = 50_000_000,
    maximumSide: Int = 20_000,
    maximumAspectRatio: Int = 100,
    maximumFrames: Int = 500,
    addressSpaceBytes: Int = 1536 << 20,
    cpuSeconds: Int = 60,
    deadlineSeconds: Int = 20
  ) {
    self.maximumPixels = maximumPixels
    self.maximumSide = maximumSide
    self.maximumAspectRatio = maximumAspectRatio
    self.maximumFrames = maximumFrames
    self.addressSpaceBytes = addressSpaceBytes
    self.cpuSeconds = cpuSeconds
    self.deadlineSeconds = deadlineSeconds
  }

  /// CPU time on one file from which its failure is its own fault, in seconds: three quarters of what it may have.
  ///
  /// A file that ran into its deadline with less waited for a busy machine, and may pass another time.
  public var ownFaultSeconds: Double { 0.75 * Double(min(deadlineSeconds, cpuSeconds)) }
}
