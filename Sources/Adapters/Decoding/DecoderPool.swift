public import Core
internal import Glibc
internal import Synchronization

/// A pool of decoder processes; each process decodes the files of one user only.
///
/// As many processes run at a time as there are callers. Releasing the pool ends all processes.
public final class DecoderPool: Sendable {
  private struct Children {
    var spares: [ChildProcess] = []
    var resting: [(user: UserID, child: ChildProcess)] = []
    var isClosed = false
  }

  /// The maximum time that a child may take to load its libraries, in seconds.
  private static let startSeconds = 20

  private let executable: String
  private let limits: DecoderLimits
  private let spareCount: Int
  private let restingCount: Int
  private let children = Mutex(Children())

  /// Creates a pool and starts its spare processes; a failed start shows when the first file is decoded.
  ///
  /// `executable` is a path. `spares` processes are kept ready for new users, and up to `resting` processes for users
  /// whose files they have decoded before.
  public init(executable: String, limits: DecoderLimits = DecoderLimits(), spares: Int = 1, resting: Int = 1) {
    self.executable = executable
    self.limits = limits
    spareCount = spares
    restingCount = resting
    replenish()
  }

  /// Checks the first `size` bytes of `file`, and renders `variants` from them.
  ///
  /// Blocks for at most the deadline of the limits and the start time of a decoder. The file offset is neither used nor
  /// changed.
  public func decode(
    file: Int32,
    size: Int,
    claimed: UploadType,
    variants: [VariantSpecification],
    for user: UserID
  ) throws(DecodeError) -> Decoded {
    let size = try decodedSize(of: file, size, claimed)
    let request = DecoderRequest(claimed: claimed, size: size, variants: variants)
    guard variants.count <= DecoderProtocol.maximumVariants,
      request.line.utf8.count <= DecoderProtocol.maximumMessageBytes
    else { throw .unavailable(detail: "too many variants") }
    let child = try takeChild(for: user)
    let before = child.cpuSeconds
    let answer: Decoded
    do throws(DecodeError) {
      answer = try ask(child, request, file)
    } catch {
      // After a rejection the child can be reused; after any other error it is killed.
      if case .refused = error { rest(child, for: user) }
      throw blame(error, for: child.cpuSeconds - before)
    }
    rest(child, for: user)
    return answer
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

  /// Starts a decoder that reports which operations its sandbox allows.
  public func selfTest() throws(DecodeError) -> DecoderSelfTest {
    let child = try ChildProcess(
      executable: executable,
      arguments: [DecoderProtocol.selfTestArgument] + limits.arguments
    )
    return DecoderSelfTest(report: String(decoding: try firstFrame(of: child), as: UTF8.self))
  }

  /// Ends idle children immediately and the others after their current file; no child is kept afterwards.
  public func close() {
    let all = children.withLock { children in
      defer { children = Children(isClosed: true) }
      return children
    }
    _ = consume all
  }

  /// The processes that wait for a new user.
  var sparePIDs: [pid_t] { children.withLock { $0.spares.map(\.pid) } }
  /// The processes that wait for another file of the same user.
  var restingPIDs: [pid_t] { children.withLock { $0.resting.map(\.child.pid) } }

  // MARK: - Children

  private func takeChild(for user: UserID) throws(DecodeError) -> ChildProcess {
    let known = children.withLock { children in
      children.resting.firstIndex { $0.user == user }.map { children.resting.remove(at: $0).child }
    }
    if let known, isAlive(known) { return known }
    let spare = children.withLock { $0.spares.popLast() }
    defer { replenish() }
    if let spare, (try? awaitReady(spare)) != nil, isAlive(spare) { return spare }
    let child = try ChildProcess(executable: executable, arguments: limits.arguments)
    try awaitReady(child)
    return child
  }

  private func awaitReady(_ child: ChildProcess) throws(DecodeError) {
    let message = try firstFrame(of: child)
    guard message == DecoderProtocol.ready else {
      throw .unavailable(detail: "\(executable) violates the decoder protocol")
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

  private func isAlive(_ child: ChildProcess) -> Bool {
    var poll = pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0)
    return Glibc.poll(&poll, 1, 0) >= 0 && poll.revents & Int16(POLLHUP | POLLERR | POLLNVAL) == 0
  }

  private func replenish() {
    while children.withLock({ !$0.isClosed && $0.spares.count < spareCount }) {
      guard let child = try? ChildProcess(executable: executable, arguments: limits.arguments) else { return }
      children.withLock { $0.spares.insert(child, at: 0) }
    }
  }

  /// Keeps `child` for the next file of `user`, unless it has used half of its CPU time.
  private func rest(_ child: ChildProcess, for user: UserID) {
    guard child.cpuSeconds < Double(limits.cpuSeconds) / 2, !children.withLock({ $0.isClosed }) else { return }
    let surplus = children.withLock { children in
      children.resting.append((user, child))
      let count = children.resting.count - restingCount
      defer { if count > 0 { children.resting.removeFirst(count) } }
      return count > 0 ? Array(children.resting.prefix(count)) : []
    }
    _ = consume surplus
  }
}
