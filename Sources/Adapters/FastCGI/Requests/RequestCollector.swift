internal import Glibc

/// The maximum sizes of one request.
struct Limits: Sendable {
  /// Bytes of the parameters: their names, values and encoded lengths.
  ///
  /// nginx sends at most 32 kB of headers with the limits of the supplied configuration, and repeats a request line of
  /// up to 16 kB in three more parameters.
  var parameterBytes = 131_072
  var bodyBytes: Int
}

/// Collects the records of one request until they are complete; only then a thread and libfcgi process them.
///
/// Only the record sequence that nginx sends is accepted: BEGIN as responder, PARAMS up to an empty record, STDIN up to
/// an empty record, all with one request ID. libfcgi never receives another sequence or an incomplete request.
/// Source: <https://fastcgi-archives.github.io/FastCGI_Specification.html>
struct RequestCollector {
  enum Progress: Equatable {
    case incomplete
    case complete
    /// The request must be answered with `status`; its body was discarded.
    case refused(status: Int)
    case ended
    case malformed
  }

  private enum Phase { case begin, parameters, body, complete, discarding }

  /// The received records without the parameters; for a refused request, the same records with an empty body.
  private(set) var bytes: [UInt8] = []
  private(set) var bodyBytes = 0
  /// The name-value pairs of the parameters: a valid block once the request is complete or refused.
  private(set) var parameters: [UInt8] = []
  private let limits: Limits
  private var phase = Phase.begin
  private var position = 0
  private var requestID = 0
  private var parametersPosition = 0
  private var declaredBytes: Int?
  private var bodyPosition = 0

  init(limits: Limits) { self.limits = limits }

  /// Reads the available bytes without blocking, at most 1 MB per call, so that no peer occupies a thread.
  mutating func receive(from descriptor: Int32, through buffer: UnsafeMutableRawBufferPointer) -> Progress {
    for _ in 0..<16 {
      let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
      if count == 0 { return .ended }
      if count < 0 { return errno == EAGAIN || errno == EINTR ? .incomplete : .ended }
      let progress = take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      if progress != .incomplete { return progress }
    }
    return .incomplete
  }

  mutating func take(_ arrived: UnsafeRawBufferPointer) -> Progress {
    if phase == .discarding { return .incomplete }
    bytes.append(contentsOf: arrived)
    while let record = Record(in: bytes, at: position) {
      let progress = accept(record)
      if progress != .incomplete { return progress }
      guard record.end <= bytes.count else { return .incomplete }
      if record.type == .parameters { parameters.append(contentsOf: bytes[record.content]) }
      position = record.end
      let next = close(record)
      if next != .incomplete { return next }
    }
    return .incomplete
  }

  /// Checks a record by its header, before its content has arrived.
  private mutating func accept(_ record: Record) -> Progress {
    switch (phase, record.type) {
    case (.begin, .begin) where record.content.count == 8 && record.requestID != 0:
      return .incomplete
    case (.parameters, .parameters) where record.requestID == requestID:
      return parameters.count + record.content.count <= limits.parameterBytes ? .incomplete : .malformed
    case (.body, .body) where record.requestID == requestID:
      let arrived = bodyBytes + record.content.count
      if arrived <= declaredBytes ?? limits.bodyBytes { return .incomplete }
      return refuse(declaredBytes == nil ? 413 : 400)
    default:
      return .malformed
    }
  }

  /// Advances the state after a complete record.
  private mutating func close(_ record: Record) -> Progress {
    switch phase {
    case .begin:
      let role = Int(bytes[record.content.lowerBound]) << 8 | Int(bytes[record.content.lowerBound + 1])
      guard role == 1 else { return .malformed }
      requestID = record.requestID
      phase = .parameters
      parametersPosition = position
    case .parameters where record.content.isEmpty:
      return endParameters(at: record.content.lowerBound - Record.headerBytes)
    case .body where record.content.isEmpty:
      if bodyBytes == declaredBytes ?? 0 {
        bytes.removeLast(bytes.count - position)
        phase = .complete
        return .complete
      }
      return refuse(declaredBytes == nil ? 411 : 400)
    case .body:
      bodyBytes += record.content.count
    default:
      break
    }
    return .incomplete
  }

  /// Ends the parameters, whose last, empty record begins at `last`.
  ///
  /// The other records of the parameters are removed: libfcgi would copy each parameter, and `Parameters` reads the block
  /// in place.
  private mutating func endParameters(at last: Int) -> Progress {
    phase = .body
    bytes.removeSubrange(parametersPosition..<last)
    position -= last - parametersPosition
    bodyPosition = position
    guard let length = ContentLength(in: parameters) else { return .malformed }
    switch length {
    case .missing: return .incomplete
    case .invalid: return refuse(400)
    case .bytes(let count):
      declaredBytes = count
      return count <= limits.bodyBytes ? .incomplete : refuse(413)
    }
  }

  private mutating func refuse(_ status: Int) -> Progress {
    bytes.removeLast(bytes.count - bodyPosition)
    bytes += [1, Record.Kind.body.rawValue, UInt8(requestID >> 8), UInt8(requestID & 255), 0, 0, 0, 0]
    phase = .discarding
    return .refused(status: status)
  }
}

/// The header of a FastCGI record, and the position of its content.
private struct Record {
  enum Kind: UInt8 {
    case begin = 1
    case parameters = 4
    case body = 5
  }

  static let headerBytes = 8

  let type: Kind?
  let requestID: Int
  let content: Range<Int>
  let end: Int

  /// Reads the record at `position`; nil if fewer than 8 bytes, the size of a header, have arrived.
  init?(in bytes: [UInt8], at position: Int) {
    guard bytes.count - position >= 8 else { return nil }
    type = bytes[position] == 1 ? Kind(rawValue: bytes[position + 1]) : nil
    requestID = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
    let length = Int(bytes[position + 4]) << 8 | Int(bytes[position + 5])
    content = position + 8..<position + 8 + length
    end = content.upperBound + Int(bytes[position + 6])
  }
}
