public import Core
internal import Glibc
internal import Synchronization

/// Decodes files, each one in a child process that decodes nothing else.
///
/// A fork server loads the libraries once and forks the children. As many children run at a time as there are callers.
/// Releasing the pool ends all processes.
public final class DecoderPool: Sendable {
  private struct State {
    var server: ForkServer?
    var isClosed = false
  }

  /// The maximum time from the fork of a child to its first message, in seconds.
  private static let startSeconds = 20

  private let executable: String
  private let limits: DecoderLimits
  private let state = Mutex(State())

  /// Creates a pool and starts its fork server; a failed start shows when the first file is decoded.
  ///
  /// `executable` is a path.
  public init(executable: String, limits: DecoderLimits = DecoderLimits()) {
    self.executable = executable
    self.limits = limits
    _ = try? server()
  }

  /// Checks the first `size` bytes of `file`, and renders `variants` from them.
  ///
  /// Blocks for at most the deadline of the limits and the time in which a fork server starts, twice if the first one has ended. The file offset is neither used nor
  /// changed.
  public func decode(
    file: Int32,
    size: Int,
    claimed: UploadType,
    variants: [VariantSpecification]
  ) throws(DecodeError) -> Decoded {
    let size = try decodedSize(of: file, size, claimed)
    let request = DecoderRequest(claimed: claimed, size: size, variants: variants)
    guard variants.count <= DecoderProtocol.maximumVariants,
      request.line.utf8.count <= DecoderProtocol.maximumMessageBytes
    else { throw .unavailable(detail: "too many variants") }
    let child = try child()
    let before = child.cpuSeconds
    do throws(DecodeError) {
      return try ask(child, request, file)
    } catch {
      throw blame(error, for: child.cpuSeconds - before)
    }
  }

  /// Returns the number of leading bytes of a file that a decoder needs; throws if it would need too many.
  ///
  /// Of a long file of a plain type only the start is compared with its type, unless the file is a ZIP archive.
  private func decodedSize(of file: Int32, _ size: Int, _ claimed: UploadType) throws(DecodeError) -> Int {
    guard size > DecoderProtocol.maximumFileBytes else { return size }
    guard claimed.kind == .plain else {
      throw .refused(.dimensionsExceeded, ExceededLimit(.fileBytes, size, limit: DecoderProtocol.maximumFileBytes))
    }
    var head = [UInt8](repeating: 0, count: FileType.archiveSignature.count)
    guard pread(file, &head, head.count, 0) == head.count else { throw .unavailable(detail: "a short file") }
    guard head != FileType.archiveSignature else { throw .refused(.decompressionBomb) }
    return DecoderProtocol.plainHeadBytes
  }

  /// Forks a child that reports which operations its sandbox allows.
  public func selfTest() throws(DecodeError) -> DecoderSelfTest {
    let server = try ForkServer(
      executable: executable,
      arguments: [DecoderProtocol.selfTestArgument] + limits.arguments
    )
    return DecoderSelfTest(report: String(decoding: try firstFrame(of: server.fork()), as: UTF8.self))
  }

  /// Ends the fork server; the children end after their current file, and no process is kept afterwards.
  public func close() {
    let last = state.withLock { state in
      defer { state = State(isClosed: true) }
      return state.server
    }
    _ = consume last
  }

  /// The process ID of the fork server that is kept.
  var serverPID: pid_t? { state.withLock { $0.server?.pid } }

  // MARK: - Children

  /// Forks a child that is ready for a file; a fork server that has ended is replaced once.
  private func child() throws(DecodeError) -> ChildProcess {
    let server = try server()
    let child: ChildProcess
    if let first = try? server.fork() {
      child = first
    } else {
      forget(server)
      child = try self.server().fork()
    }
    guard try firstFrame(of: child) == DecoderProtocol.ready else {
      throw .unavailable(detail: "\(executable) violates the decoder protocol")
    }
    return child
  }

  private func server() throws(DecodeError) -> ForkServer {
    try state.withLock { (state) throws(DecodeError) in
      if let server = state.server { return server }
      let server = try ForkServer(executable: executable, arguments: limits.arguments)
      if !state.isClosed { state.server = server }
      return server
    }
  }

  private func forget(_ server: ForkServer) {
    state.withLock { state in
      if state.server === server { state.server = nil }
    }
  }

  private func firstFrame(of child: ChildProcess) throws(DecodeError) -> [UInt8] {
    do throws(DecodeError) {
      return try Conversation(child, seconds: Self.startSeconds).receive(atMost: DecoderProtocol.maximumMessageBytes)
    } catch {
      throw .unavailable(detail: "\(executable) does not start: \(error)")
    }
  }

  private func ask(_ child: ChildProcess, _ request: DecoderRequest, _ file: Int32) throws(DecodeError) -> Decoded {
    let conversation = Conversation(child, seconds: limits.deadlineSeconds)
    try conversation.send(Array(request.line.utf8))
    try conversation.send(file: file, size: request.size)
    let message = try conversation.receive(atMost: DecoderProtocol.maximumMessageBytes)
    switch DecoderReply(message: message) {
    case nil: throw .broken(detail: "an invalid answer")
    case .refused(let reason, let exceeded): throw .refused(reason, exceeded)
    case .decoded(let image, let facts):
      try check(image, facts, request)
      var renderings: [Rendering] = []
      for fact in facts {
        let bytes = try conversation.receive(atMost: fact.size)
        guard bytes.count == fact.size, FileType(leadingBytes: bytes.prefix(FileType.signatureLength)) == fact.type
        else {
          throw .broken(detail: "\(fact.name) is not what the answer said")
        }
        renderings.append(Rendering(facts: fact, bytes: bytes))
      }
      return Decoded(image: image, renderings: renderings)
    }
  }

  /// Checks that the reply is valid for this request; the decoder is not trusted.
  private func check(
    _ image: DecoderReply.ImageFacts,
    _ renderings: [DecoderReply.RenderingFacts],
    _ request: DecoderRequest
  ) throws(DecodeError) {
    let source = image.type.imageType
    let wanted = source == nil ? [] : request.variants
    let limit = DecoderProtocol.maximumReplyBytes(fileBytes: request.size, type: source)
    let sides = source == nil ? 0...0 : 1...limits.maximumSide
    guard image.type == request.claimed, image.activeContent == .none || image.type.kind == .document,
      sides.contains(image.width), sides.contains(image.height),
      image.frames <= limits.maximumFrames, renderings.map(\.name) == wanted.map(\.name),
      zip(renderings, wanted).allSatisfy({ rendering, wanted in
        source.map { wanted.types(for: $0).contains(rendering.type) } == true
      }),
      renderings.allSatisfy({ $0.width <= image.width && $0.height <= image.height }),
      renderings.reduce(0, { $0 + $1.size }) <= limit
    else { throw .broken(detail: "an answer that does not fit the question") }
  }

  /// Returns `exhausted` instead of `broken` and `late` if the child used at least `ownFaultSeconds` of CPU time on the
  /// file.
  private func blame(_ error: DecodeError, for seconds: Double) -> DecodeError {
    guard seconds.isFinite, seconds >= limits.ownFaultSeconds else { return error }
    switch error {
    case .broken(let detail), .late(let detail):
      let limit = Int(limits.ownFaultSeconds)
      let exceeded = ExceededLimit(.cpuSeconds, max(Int(seconds.rounded(.up)), limit + 1), limit: limit)
      return .exhausted(exceeded, detail: "\(detail), after \(Int(seconds.rounded())) s of CPU time")
    case .refused, .unavailable, .exhausted: return error
    }
  }
}
