internal import Glibc

/// What a server takes from a peer before it gives up on it.
struct Limits: Sendable {
  /// Bytes of names, values and their lengths.
  ///
  /// More than nginx sends at most with the limits of its files: 32 kB of headers, and of them a request line of 16 kB
  /// three times more.
  var parameterBytes = 131_072
  var bodyBytes: Int
}

/// Gathers one request's records, as they arrive, before a thread and libfcgi are troubled with it.
///
/// Only one grammar passes, the one nginx speaks: BEGIN as responder, PARAMS up to an empty one, STDIN up to an
/// empty one, all of one request. libfcgi never sees anything else, nor an unfinished request.
/// Source: <https://fastcgi-archives.github.io/FastCGI_Specification.html>
struct RequestCollector {
  enum Progress: Equatable {
    case incomplete
    case complete
    /// To be answered with this status; the body was not kept.
    case refused(status: Int)
    case ended
    case malformed
  }

  private enum Phase { case begin, parameters, body, complete, discarding }

  /// The records, as they came; of a refused request, as if its body were empty.
  private(set) var bytes: [UInt8] = []
  private(set) var bodyBytes = 0
  private let limits: Limits
  private var phase = Phase.begin
  private var position = 0
  private var requestID = 0
  private var parameters: [UInt8] = []
  private var declaredBytes: Int?
  private var bodyPosition = 0

  init(limits: Limits) { self.limits = limits }

  /// Takes what has arrived, without waiting; at most 1 MB at a time, so that no peer keeps a thread.
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

  /// Judges a record by its header, before its content is there.
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

  /// Moves on after a whole record.
  private mutating func close(_ record: Record) -> Progress {
    switch phase {
    case .begin:
      let role = Int(bytes[record.content.lowerBound]) << 8 | Int(bytes[record.content.lowerBound + 1])
      guard role == 1 else { return .malformed }
      requestID = record.requestID
      phase = .parameters
    case .parameters where record.content.isEmpty:
      return endParameters()
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

  private mutating func endParameters() -> Progress {
    phase = .body
    bodyPosition = position
    guard let length = ContentLength(in: parameters) else { return .malformed }
    parameters = []
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

/// The header of a FastCGI record, and where its content stands.
private struct Record {
  enum Kind: UInt8 {
    case begin = 1
    case parameters = 4
    case body = 5
  }

  let type: Kind?
  let requestID: Int
  let content: Range<Int>
  let end: Int

  /// The record at `position`, or nil when not even its 8-byte header is there.
  init?(in bytes: [UInt8], at position: Int) {
    guard bytes.count - position >= 8 else { return nil }
    type = bytes[position] == 1 ? Kind(rawValue: bytes[position + 1]) : nil
    requestID = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
    let length = Int(bytes[position + 4]) << 8 | Int(bytes[position + 5])
    content = position + 8..<position + 8 + length
    end = content.upperBound + Int(bytes[position + 6])
  }
}
