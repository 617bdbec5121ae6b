// What the decoder and its parent say to each other over their socketpair.
//
// Everything is a frame: a big-endian u32 of the payload's length, then the payload. The child says `ready` once it is
// confined. The parent then sends a request and the file's bytes, one frame each; the child answers with a reply, and
// one frame of bytes for every rendering the reply lists. End-of-file ends the child. Requests and replies are single
// lines of ASCII words, read strictly: what does not read back to the very same line is not a message.

/// The bounds and fixed words of the conversation.
public enum DecoderProtocol {
  /// The descriptor of the child's end of the socketpair.
  public static let descriptor: Int32 = 3
  /// What the child says once it is confined.
  public static let ready = Array("ready".utf8)
  /// The argument that makes a child report what it can still do, instead of decoding.
  public static let selfTestArgument = "self-test"
  /// The longest frame that is not a file's bytes, in bytes.
  public static let maximumMessageBytes = 8 * 1024
  /// The largest file that a child takes, in bytes.
  public static let maximumFileBytes = 128 << 20
  /// The most variants of one request.
  public static let maximumVariants = 16

  /// The most bytes that all renderings of a file of `fileBytes` bytes may have together.
  public static func maximumReplyBytes(fileBytes: Int) -> Int { min(4 * fileBytes + (16 << 20), 192 << 20) }

  /// A frame's four leading bytes; `length` is below 2^32.
  public static func prefix(length: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
  }

  /// The payload's length that four leading bytes announce.
  public static func length(prefix: some Sequence<UInt8>) -> Int { prefix.reduce(0) { $0 << 8 | Int($1) } }
}

/// The parent's question: whether the file that follows is what it claims, and what its renderings are.
public struct DecoderRequest: Hashable, Sendable {
  /// The type that the client claimed.
  public let claimed: FileType
  /// The file's length, in bytes.
  public let size: Int
  /// What to render, where the file is an image.
  public let variants: [VariantSpecification]

  /// A request; see `DecoderProtocol` for its bounds.
  public init(claimed: FileType, size: Int, variants: [VariantSpecification]) {
    self.claimed = claimed
    self.size = size
    self.variants = variants
  }

  /// `decode jpeg 1048576 thumb=cover:150x150 …`, without an end of line.
  public var line: String {
    let words = variants.map { "\($0.name)=\($0.shape)" }
    return (["decode", claimed.rawValue, String(size)] + words).joined(separator: " ")
  }

  /// Nil where `message` is not such a line, or breaks the protocol's bounds.
  public init?(message: some Collection<UInt8>) {
    let line = String(decoding: message, as: UTF8.self)
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count >= 3, words.count <= 3 + DecoderProtocol.maximumVariants, words[0] == "decode",
      let claimed = FileType(rawValue: String(words[1])), let size = Int(words[2]),
      (0...DecoderProtocol.maximumFileBytes).contains(size)
    else { return nil }
    var variants: [VariantSpecification] = []
    for word in words.dropFirst(3) {
      let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, let name = VariantName(sides[0]), let shape = VariantShape(sides[1]) else { return nil }
      variants.append(VariantSpecification(name: name, shape: shape))
    }
    self.init(claimed: claimed, size: size, variants: variants)
    guard self.line == line else { return nil }
  }
}

/// The child's judgement.
public enum DecoderReply: Hashable, Sendable {
  /// The file is not accepted.
  case refused(RejectionReason)
  /// The file is what it claims; the bytes of the renderings follow in this order.
  case decoded(ImageFacts, [RenderingFacts])

  /// What the header of an accepted file says.
  public struct ImageFacts: Hashable, Sendable {
    /// The type, by content and claim alike.
    public let type: FileType
    /// Upright width, in pixels; 0 for a document.
    public let width: Int
    /// Upright height, in pixels; 0 for a document.
    public let height: Int
    /// Frames of an animation, 1 for a still image, 0 for a document.
    public let frames: Int
    /// What it does besides being read; none for an image.
    public let activeContent: ActiveContent

    /// The facts as they are.
    public init(type: FileType, width: Int, height: Int, frames: Int, activeContent: ActiveContent = .none) {
      self.type = type
      self.width = width
      self.height = height
      self.frames = frames
      self.activeContent = activeContent
    }

    /// An accepted document's facts.
    public init(document type: FileType, activeContent: ActiveContent) {
      self.init(type: type, width: 0, height: 0, frames: 0, activeContent: activeContent)
    }

    var words: [String] {
      [type.rawValue, String(width), String(height), String(frames)]
        + (activeContent == .none ? [] : [activeContent.rawValue])
    }
  }

  /// One rendering, but for its bytes.
  public struct RenderingFacts: Hashable, Sendable {
    /// The variant.
    public let name: VariantName
    /// The type of the bytes.
    public let type: FileType
    /// Width, in pixels.
    public let width: Int
    /// Height, in pixels.
    public let height: Int
    /// Length, in bytes.
    public let size: Int

    /// The facts as they are.
    public init(name: VariantName, type: FileType, width: Int, height: Int, size: Int) {
      self.name = name
      self.type = type
      self.width = width
      self.height = height
      self.size = size
    }

    var word: String { "\(name)=\(type.rawValue):\(width):\(height):\(size)" }

    init?(word: String) {
      let sides = word.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, let name = VariantName(sides[0]) else { return nil }
      let parts = sides[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      let numbers = parts.dropFirst().compactMap { Int($0) }
      guard parts.count == 4, numbers.count == 3, numbers.allSatisfy({ $0 > 0 && $0 <= Int(UInt32.max) }),
        let type = FileType(rawValue: parts[0])
      else { return nil }
      self.init(name: name, type: type, width: numbers[0], height: numbers[1], size: numbers[2])
    }
  }

  /// `refused type_mismatch`, `decoded jpeg 4000 3000 1 thumb=webp:150:150:4321 …` or `decoded pdf 0 0 0 active`, without an
  /// end of line.
  public var line: String {
    switch self {
    case .refused(let reason): return "refused \(reason.rawValue)"
    case .decoded(let image, let renderings):
      return (["decoded"] + image.words + renderings.map(\.word)).joined(separator: " ")
    }
  }

  /// Nil where `message` is not such a line, or breaks the protocol's bounds.
  public init?(message: some Collection<UInt8>) {
    let line = String(decoding: message, as: UTF8.self)
    let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    if words.count == 2, words[0] == "refused", let reason = RejectionReason(rawValue: words[1]) {
      self = .refused(reason)
      return
    }
    guard words.count >= 5, words[0] == "decoded", let type = FileType(rawValue: words[1]) else { return nil }
    let numbers = words[2..<5].compactMap { Int($0) }
    let content = words.count > 5 ? ActiveContent(rawValue: words[5]) : nil
    let rest = words.dropFirst(content == nil ? 5 : 6)
    let renderings = rest.compactMap { RenderingFacts(word: $0) }
    guard numbers.count == 3, numbers.allSatisfy({ $0 >= 0 && $0 <= Int(UInt32.max) }),
      renderings.count == rest.count, rest.count <= DecoderProtocol.maximumVariants
    else { return nil }
    let image = ImageFacts(
      type: type,
      width: numbers[0],
      height: numbers[1],
      frames: numbers[2],
      activeContent: content ?? .none
    )
    self = .decoded(image, renderings)
    guard self.line == line else { return nil }
  }
}

extension DecoderLimits {
  /// The limits as a child's arguments: `pixels=50000000 side=20000 …`.
  public var arguments: [String] {
    [
      "pixels=\(maximumPixels)", "side=\(maximumSide)", "aspect=\(maximumAspectRatio)", "frames=\(maximumFrames)",
      "memory=\(addressSpaceBytes)", "cpu=\(cpuSeconds)", "deadline=\(deadlineSeconds)",
    ]
  }

  /// Nil where `arguments` are not exactly those seven, in that order, each above zero.
  public init?(arguments: [String]) {
    let values = arguments.compactMap { $0.split(separator: "=", maxSplits: 1).last.flatMap { Int($0) } }
    guard values.count == 7, values.allSatisfy({ $0 > 0 }) else { return nil }
    self.init(
      maximumPixels: values[0],
      maximumSide: values[1],
      maximumAspectRatio: values[2],
      maximumFrames: values[3],
      addressSpaceBytes: values[4],
      cpuSeconds: values[5],
      deadlineSeconds: values[6]
    )
    guard self.arguments == arguments else { return nil }
  }
}
