internal import Core
internal import Glibc
internal import Signing
public import Storage
internal import Synchronization

/// Sends files of the disk to a bucket: each is read once, and arrives with the digest of exactly these bytes.
///
/// Any number of threads may use one sender. The store makes single attempts, as `S3Store.forSending` returns it: the
/// sender repeats requests itself, because the number of requests at a time depends on the store's answers.
///
/// ```swift
/// let sender = FileSender(store: store.forSending(connections: 64), bucket: "uploads-raw", settings: settings)
/// let sent = try sender.send(FileToSend(id: 1, key: "ada/photo.jpg", open: { descriptor }))
/// ```
public final class FileSender: Sendable {
  let store: any ObjectStore
  let bucket: String
  let settings: SenderSettings
  let journal: (any MultipartJournal)?
  let gate: StoreGate
  let budget: BufferBudget
  let meter = ProgressMeter()
  private let sendsChecksumsNow: Atomic<Bool>
  private let honoursConditionsNow: Atomic<Bool>

  /// Creates a sender; sends no request.
  public init(
    store: any ObjectStore,
    bucket: String,
    settings: SenderSettings,
    journal: (any MultipartJournal)? = nil
  ) {
    self.store = store
    self.bucket = bucket
    self.settings = settings
    self.journal = journal
    let (first, largest) = settings.requests
    // Fewer requests share a narrow line, so that each moves fast enough for the stall deadlines of both sides.
    let borne = settings.bandwidth.map { max(1, Int($0.bytesPerSecond / 65_536)) } ?? .max
    gate = StoreGate(
      first: min(first, borne),
      largest: min(largest, borne),
      patience: settings.patience,
      report: settings.report
    )
    let longest = Int(max(settings.multipartThreshold, settings.longestBuffer))
    budget = BufferBudget(max(settings.bufferBudget, BufferBudget.length(longest)))
    sendsChecksumsNow = Atomic(settings.sendsChecksums)
    honoursConditionsNow = Atomic(settings.honoursConditions)
  }

  /// Sends a file on the calling thread, and waits until it is stored.
  public func send(_ file: FileToSend) throws(SendFailure) -> SentObject {
    try send(file, bench: Workbench(), takers: nil)
  }

  /// Refuses further requests; requests under way are finished.
  public func stop() { gate.stop() }

  /// Makes requests keep to `pace` from now on; nil ends the restriction.
  public func keep(to pace: Pace?) { gate.keep(to: pace) }

  /// Sends a file; a file that changes while it is read is read up to three times.
  func send(_ file: FileToSend, bench: Workbench, takers: (any PartTakers)?) throws(SendFailure) -> SentObject {
    do throws(StoreError) {
      try checkObjectKey(file.key)
      try checkMetadata(file.metadata)
    } catch { throw .refused(error) }
    let length = file.metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    guard length <= longestMetadata else {
      throw .refused(.invalidRequest(code: "MetadataTooLarge", message: "\(length) bytes, over \(longestMetadata)"))
    }
    var readings = 3
    while true {
      if gate.isStopped { throw .stopped }
      let used = (checksums: sendsChecksums, conditions: honoursConditions)
      do throws(SendFailure) {
        return try sendOnce(file, bench, takers)
      } catch {
        switch error {
        case .changed:
          readings -= 1
          if readings == 0 { throw error }
        case .refused(let refusal) where adapt(to: refusal, used): continue
        default: throw error
        }
      }
    }
  }

  private func sendOnce(
    _ file: FileToSend,
    _ bench: Workbench,
    _ takers: (any PartTakers)?
  ) throws(SendFailure) -> SentObject {
    if let origin = file.origin, let copy = try copied(file, from: origin) { return copy }
    let reader = try FileReader(try file.open(), hasher: bench.whole)
    guard reader.stamp.size <= largestObject else { throw .refused(.tooLarge(limit: Int(largestObject))) }
    return reader.stamp.size <= settings.multipartThreshold
      ? try sendWhole(file, reader, bench) : try sendInParts(file, reader, bench, takers)
  }

  /// True if requests carry checksums.
  var sendsChecksums: Bool { sendsChecksumsNow.load(ordering: .relaxed) }

  /// True if requests carry `If-None-Match`.
  var honoursConditions: Bool { honoursConditionsNow.load(ordering: .relaxed) }

  /// Gives up checksums or conditions if a request used them and the store's refusal names them; returns true then.
  private func adapt(to refusal: StoreError, _ used: (checksums: Bool, conditions: Bool)) -> Bool {
    guard case .invalidRequest(let code, let message) = refusal else { return false }
    let text = (code + " " + message).lowercased()
    if used.checksums, text.contains("checksum") {
      if sendsChecksumsNow.exchange(false, ordering: .relaxed) { settings.report(.checksumsRefused) }
      return true
    }
    guard used.conditions, text.contains("none-match") || text.contains("condition") || refusal.isNotOffered else {
      return false
    }
    if honoursConditionsNow.exchange(false, ordering: .relaxed) { settings.report(.conditionsRefused) }
    return true
  }

  /// Returns the body of the first `length` bytes of a buffer, at the permitted speed.
  func body(_ buffer: Buffer, length: Int64) -> ObjectBody {
    let limiter = settings.bandwidth
    return .reader(length: length) { offset, room throws(StoreError) in
      guard let limiter else { return buffer.copy(from: offset, to: room, end: length) }
      let piece = UnsafeMutableRawBufferPointer(rebasing: room[..<min(room.count, limiter.longestPiece)])
      let count = buffer.copy(from: offset, to: piece, end: length)
      limiter.take(count)
      return count
    }
  }
}
