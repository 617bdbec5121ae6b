internal import CVips
public import Core
internal import Glibc

/// Checks and renders images; a process creates one renderer, and only one thread at a time may use it.
public final class Renderer {
  /// The quality of WebP variants: no visible artefacts, and files a quarter smaller than at 90.
  private static let variantQuality = 80
  /// The quality of an original that has to be encoded again, such as one that cannot be turned without loss.
  private static let turnedQuality = 95

  /// The other media types by which libmagic names files of a type.
  ///
  /// Newer databases have a separate type for animated PNG. A HEIF file is named after its first brand, which need not
  /// tell the codec.
  private static let alternatives: [FileType: Set<String>] = [
    .png: ["image/vnd.mozilla.apng"],
    .heic: ["image/heif", "image/heic-sequence", "image/heif-sequence"],
    .avif: ["image/heif", "image/heif-sequence"],
  ]

  private let limits: DecoderLimits
  private let magic: MagicDatabase

  /// Loads libmagic and libvips; nil if that fails.
  public init?(limits: DecoderLimits) {
    guard let magic = MagicDatabase(), cvips_start("decoder") else { return nil }
    self.magic = magic
    self.limits = limits
  }

  /// Checks `bytes` against `request`; returns the reply and the renderings in the order of the request.
  public func answer(_ request: DecoderRequest, _ bytes: [UInt8]) -> (reply: DecoderReply, renderings: [[UInt8]]) {
    do throws(Refusal) {
      return try judge(request, bytes)
    } catch {
      return (.refused(error.reason, error.exceeded), [])
    }
  }

  /// Returns libmagic's media type of a file of a plain type; nil if libmagic fails.
  public func opinion(onPlainFile bytes: [UInt8]) -> String? {
    bytes.withUnsafeBytes { magic.contentType($0, isPlain: true) }
  }

  func judge(_ request: DecoderRequest, _ bytes: [UInt8]) throws(Refusal) -> (DecoderReply, [[UInt8]]) {
    let type = try identify(bytes)
    guard request.claimed == .checked(type) else { throw Refusal(.typeMismatch, "is \(type.rawValue)") }
    let limits = limits.applied(to: type)
    if type == .heic || type == .avif {
      return try render(request.variants, HEIFSource(bytes, type, limits: limits))
    }
    guard let file = try imageFile(type, bytes, limits: limits) else { throw Refusal(.typeMismatch, "no image") }
    let variants = request.variants
    func rendered(_ bytes: [UInt8]) throws(Refusal) -> (DecoderReply, [[UInt8]]) {
      try bytes.withUnsafeBufferPointer { (bytes) throws(Refusal) -> (DecoderReply, [[UInt8]]) in
        try render(variants, Source(file, UnsafeRawBufferPointer(bytes), type, limits))
      }
    }
    let mended = try file.mended() ?? bytes
    do throws(Refusal) {
      return try rendered(mended)
    } catch {
      guard error.reason == .unreadable, let rewritten = try file.rewritten() else { throw error }
      return try rendered(rewritten)
    }
  }

  private func identify(_ bytes: [UInt8]) throws(Refusal) -> FileType {
    guard let type = FileType(leadingBytes: bytes.prefix(FileType.signatureLength)) else {
      throw Refusal(.typeMismatch, "unknown signature")
    }
    let opinion = bytes.withUnsafeBytes { magic.contentType($0) }
    guard let opinion, opinion == type.contentType || Self.alternatives[type]?.contains(opinion) == true else {
      throw Refusal(.typeMismatch, "libmagic says \(opinion ?? "nothing")")
    }
    return type
  }

  private func render(
    _ variants: [VariantSpecification],
    _ source: some RenderedSource
  ) throws(Refusal) -> (DecoderReply, [[UInt8]]) {
    let fits = variants.map { Fit($0.shape, width: source.width, height: source.height) }
    let base = try source.base(for: fits.compactMap { $0 })
    var facts: [DecoderReply.RenderingFacts] = []
    var renderings: [[UInt8]] = []
    for (variant, fit) in zip(variants, fits) {
      let type: FileType
      let bytes: [UInt8]
      if let fit {
        type = .webp
        let encoded = try base.scaled(to: fit.scaledWidth, fit.scaledHeight)
          .cropped(left: fit.left, top: fit.top, width: fit.width, height: fit.height)
          .rendering(type, quality: Self.variantQuality)
        bytes = try stripped(encoded, type, profile: nil, limits: source.limits)
      } else {
        (type, bytes) = try source.original(quality: Self.turnedQuality)
      }
      facts.append(
        DecoderReply.RenderingFacts(
          name: variant.name,
          type: type,
          width: fit?.width ?? source.width,
          height: fit?.height ?? source.height,
          size: bytes.count
        )
      )
      renderings.append(bytes)
    }
    let written = renderings.reduce(0) { $0 + $1.count }
    let limit = DecoderProtocol.maximumReplyBytes(fileBytes: source.count, type: source.type)
    guard written <= limit else { throw Refusal(ExceededLimit(.renderedBytes, written, limit: limit)) }
    let image = DecoderReply.ImageFacts(
      type: .checked(source.type),
      width: source.width,
      height: source.height,
      frames: source.frames
    )
    return (.decoded(image, facts), renderings)
  }

  /// Runs the checks and the colour conversions once, so that children share their tables; false if that fails.
  ///
  /// Nothing here starts a thread, which a forked child would not have. So no picture is written, because libvips has threads
  /// for that.
  public func warmUp() -> Bool {
    tzset()
    do throws(Refusal) {
      for bands in [1, 3] {
        let blank = try Picture(blank: 24, bands: bands)
        try blank.scaled(to: 8, 6).inSRGB(by: .standard).compute()
      }
      let file = try imageFile(.gif, Self.smallestGIF, limits: limits)
      try file?.firstPicture().scaled(to: 1, 1).compute()
      _ = try identify(Self.smallestGIF)
      _ = opinion(onPlainFile: Array("a,b\n1,2\n".utf8))
      // A damaged file also runs the error paths.
      _ = try? judge(DecoderRequest(claimed: .checked(.gif), size: 6, variants: []), Array("GIF89a".utf8))
      return true
    } catch {
      return false
    }
  }

  private static let smallestGIF: [UInt8] =
    Array("GIF89a".utf8) + [1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF]
    + [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B]
}
