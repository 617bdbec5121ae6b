// The messages between the decoder process (the child) and the worker or image process (the parent) over a socketpair.
//
// Each message is a frame: the length of the payload as a big-endian u32, then the payload. The child sends `ready`
// when its sandbox is in force. The parent then sends a request frame and a frame with the file's bytes. The child
// answers with a reply frame, and with one frame of bytes for each rendering that the reply lists. End-of-file ends the
// child. Requests and replies are single lines of ASCII words. The reader parses a line, writes the result as a line
// again, and rejects the message unless both lines are equal.

/// The limits and fixed values of the decoder protocol.
public enum DecoderProtocol {
  /// The file descriptor of the child's end of the socketpair.
  public static let descriptor: Int32 = 3
  /// The first message of the child, sent when its sandbox is in force.
  public static let ready = Array("ready".utf8)
  /// The argument that makes a child report which forbidden operations still succeed, instead of decoding.
  public static let selfTestArgument = "self-test"
  /// The maximum length of a frame that carries a request or a reply, in bytes.
  public static let maximumMessageBytes = 8 * 1024
  /// The largest file that a child accepts, in bytes.
  public static let maximumFileBytes = 128 << 20
  /// The number of leading bytes that a child gets of a longer file of a plain type.
  public static let plainHeadBytes = 1 << 20
  /// The maximum number of variants in one request.
  public static let maximumVariants = 16

  /// Returns the maximum total size of all renderings of a file of `fileBytes` bytes, in bytes; `type` is nil if the file
  /// is no image.
  ///
  /// The length of a HEIC or AVIF says little about the length of its original, which has another format.
  public static func maximumReplyBytes(fileBytes: Int, type: FileType?) -> Int {
    let most = 192 << 20
    return type.map { $0.originalTypes == [$0] } ?? true ? min(4 * fileBytes + (16 << 20), most) : most
  }

  /// Returns the four bytes that start a frame; `length` must be below 2^32.
  public static func prefix(length: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
  }

  /// Returns the payload length that the four bytes at the start of a frame announce.
  public static func length(prefix: some Sequence<UInt8>) -> Int { prefix.reduce(0) { $0 << 8 | Int($1) } }
}

/// A request of the parent: check that the file has the claimed type, and render its variants.
///
/// ```swift
/// let request = DecoderRequest(claimed: .checked(.jpeg), size: 1_048_576, variants: VariantSpecification.defaults)
/// request.line  // decode jpeg 1048576 thumb=cover:150x150 medium=width:800 original=stripped
/// ```
public struct DecoderRequest: Hashable, Sendable {
  /// The type that the client claimed.
  public let claimed: UploadType
  /// The file's length, in bytes.
  public let size: Int
  /// The variants to render if the file is an image.
  public let variants: [VariantSpecification]

  /// Creates a request; `DecoderProtocol` holds the limits of its values.
  public init(claimed: UploadType, size: Int, variants: [VariantSpecification]) {
    self.claimed = claimed
    self.size = size
    self.variants = variants
  }

  /// The request as text, such as `decode jpeg 1048576 thumb=cover:150x150`, without a line break.
  public var line: String {
    let words = variants.map { "\($0.name)=\($0.shape)" }
    return (["decode", claimed.word, String(size)] + words).joined(separator: " ")
  }

  /// Nil if `message` is not the exact text of a request, or exceeds a limit of `DecoderProtocol`.
  public init?(message: some Collection<UInt8>) {
    let line = String(decoding: message, as: UTF8.self)
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count >= 3, words.count <= 3 + DecoderProtocol.maximumVariants, words[0] == "decode",
      let claimed = UploadType(word: String(words[1])), let size = Int(words[2]),
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

/// The child's reply to a `DecoderRequest`.
public enum DecoderReply: Hashable, Sendable {
  /// The decoder refused the file for this reason, and because of this limit if the reason is one.
  case refused(RejectionReason, ExceededLimit? = nil)
  /// The file has the claimed type; the bytes of the listed renderings follow in the same order.
  case decoded(ImageFacts, [RenderingFacts])

  /// Facts about an accepted file, read from its header and structure.
  public struct ImageFacts: Hashable, Sendable {
    /// The type, which the content and the claim agree on.
    public let type: UploadType
    /// The width after the EXIF rotation, in pixels; 0 for a document and for a plain file.
    public let width: Int
    /// The height after the EXIF rotation, in pixels; 0 for a document and for a plain file.
    public let height: Int
    /// The number of frames: 1 for a still image, 0 for a document and for a plain file.
    public let frames: Int
    /// The kind of scripts, programs or external content in a document; `none` for an image.
    public let activeContent: ActiveContent

    /// Creates facts from these values.
    public init(type: UploadType, width: Int, height: Int, frames: Int, activeContent: ActiveContent = .none) {
      self.type = type
      self.width = width
      self.height = height
      self.frames = frames
      self.activeContent = activeContent
    }

    /// Creates the facts of an accepted document.
    public init(document type: FileType, activeContent: ActiveContent) {
      self.init(type: .checked(type), width: 0, height: 0, frames: 0, activeContent: activeContent)
    }

    /// Creates the facts of an accepted file of a plain type.
    public init(plain type: PlainType) { self.init(type: .plain(type), width: 0, height: 0, frames: 0) }

    var words: [String] {
      [type.word, String(width), String(height), String(frames)]
        + (activeContent == .none ? [] : [activeContent.rawValue])
    }
  }

  /// Facts about one rendering, without its bytes.
  public struct RenderingFacts: Hashable, Sendable {
    /// The name of the variant.
    public let name: VariantName
    /// The type of the rendering's bytes.
    public let type: FileType
    /// The width, in pixels.
    public let width: Int
    /// The height, in pixels.
    public let height: Int
    /// The length, in bytes.
    public let size: Int

    /// Creates facts from these values.
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

  /// The reply as text without a line break.
  ///
  /// Examples: `refused type_mismatch`, `refused dimensions_exceeded frames:501:500:0:0`, `decoded jpeg 4000 3000 1 thumb=webp:150:150:4321`, `decoded pdf 0 0 0 active`.
  public var line: String {
    switch self {
    case .refused(let reason, let exceeded):
      return (["refused", reason.rawValue] + (exceeded.map { [$0.word] } ?? [])).joined(separator: " ")
    case .decoded(let image, let renderings):
      return (["decoded"] + image.words + renderings.map(\.word)).joined(separator: " ")
    }
  }

  /// Nil if `message` is not the exact text of a reply, or exceeds a limit of `DecoderProtocol`.
  public init?(message: some Collection<UInt8>) {
    let line = String(decoding: message, as: UTF8.self)
    let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    if (2...3).contains(words.count), words[0] == "refused", let reason = RejectionReason(rawValue: words[1]) {
      let exceeded = words.dropFirst(2).first.flatMap { ExceededLimit(word: $0) }
      guard words.count == (exceeded == nil ? 2 : 3) else { return nil }
      self = .refused(reason, exceeded)
      return
    }
    guard words.count >= 5, words[0] == "decoded", let type = UploadType(word: words[1]) else { return nil }
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
  /// The limits as the arguments of a decoder process: `pixels=110000000 jpeg=210000000 side=20000 …`.
  public var arguments: [String] {
    [
      "pixels=\(maximumPixels)", "jpeg=\(maximumJPEGPixels)", "side=\(maximumSide)", "aspect=\(maximumAspectRatio)",
      "frames=\(maximumFrames)",
      "memory=\(addressSpaceBytes)", "cpu=\(cpuSeconds)", "deadline=\(deadlineSeconds)",
    ]
  }

  /// Nil unless `arguments` are exactly these eight, in this order, each above zero.
  public init?(arguments: [String]) {
    let values = arguments.compactMap { $0.split(separator: "=", maxSplits: 1).last.flatMap { Int($0) } }
    guard values.count == 8, values.allSatisfy({ $0 > 0 }) else { return nil }
    self.init(
      maximumPixels: values[0],
      maximumJPEGPixels: values[1],
      maximumSide: values[2],
      maximumAspectRatio: values[3],
      maximumFrames: values[4],
      addressSpaceBytes: values[5],
      cpuSeconds: values[6],
      deadlineSeconds: values[7]
    )
    guard self.arguments == arguments else { return nil }
  }
}
