/// The limits of the decoder: the images that it refuses, and its resource limits (rlimits).
public struct DecoderLimits: Hashable, Sendable {
  /// The most pixels of one frame, width × height, of every type except JPEG; default: 110 million.
  public var maximumPixels: Int
  /// The most pixels of a JPEG; default: 210 million, because the decoder shrinks a JPEG while it loads it.
  public var maximumJPEGPixels: Int
  /// The most pixels of the longer side; default: 20,000.
  public var maximumSide: Int
  /// The highest ratio of the longer side to the shorter side; default: 100.
  public var maximumAspectRatio: Int
  /// The most frames of an animation; default: 500.
  public var maximumFrames: Int
  /// The address space of one decoder process, in bytes (RLIMIT_AS); default: 1.5 GB.
  public var addressSpaceBytes: Int
  /// The CPU time of one decoder process, in seconds (RLIMIT_CPU); default: 60.
  public var cpuSeconds: Int
  /// The wall-clock time of one request, in seconds, after which the parent kills the child; default: 20.
  public var deadlineSeconds: Int

  /// Creates limits; the default arguments are the product's defaults.
  public init(
    maximumPixels: Int = 110_000_000,
    maximumJPEGPixels: Int = 210_000_000,
    maximumSide: Int = 20_000,
    maximumAspectRatio: Int = 100,
    maximumFrames: Int = 500,
    addressSpaceBytes: Int = 1536 << 20,
    cpuSeconds: Int = 60,
    deadlineSeconds: Int = 20
  ) {
    self.maximumPixels = maximumPixels
    self.maximumJPEGPixels = maximumJPEGPixels
    self.maximumSide = maximumSide
    self.maximumAspectRatio = maximumAspectRatio
    self.maximumFrames = maximumFrames
    self.addressSpaceBytes = addressSpaceBytes
    self.cpuSeconds = cpuSeconds
    self.deadlineSeconds = deadlineSeconds
  }

  /// Returns the most pixels of one frame of an image of `type`.
  public func maximumPixels(of type: FileType) -> Int { type == .jpeg ? maximumJPEGPixels : maximumPixels }

  /// The CPU time, in seconds, from which a failed decoding is blamed on the file: 75% of the permitted time.
  ///
  /// A file that missed its deadline with less CPU time waited for a busy machine, so the job tries it again.
  public var ownFaultSeconds: Double { 0.75 * Double(min(deadlineSeconds, cpuSeconds)) }
}
