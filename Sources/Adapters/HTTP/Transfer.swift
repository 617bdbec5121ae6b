internal import CCurl
internal import Glibc

typealias Receiver = (HTTPResponseHead, UnsafeRawBufferPointer) throws(HTTPError) -> Void

/// The state of one exchange, which libcurl's callbacks update.
final class Transfer {
  private let body: HTTPBody
  private let limit: Int
  private var receiver: Receiver?
  private var sent: Int64 = 0
  private var headBytes = 0
  private(set) var head = HTTPResponseHead(status: 0)
  private(set) var collected: [UInt8] = []
  private(set) var failure: HTTPError?

  init(_ request: HTTPRequest, receiver: Receiver?) {
    body = request.body
    limit = request.maximumAnswer
    self.receiver = receiver
  }

  /// Releases the receiver, which must not outlive the call of `send`.
  func finish() { receiver = nil }

  /// Reads one line of a header section; a status line starts a new section, as after `100 Continue` or a redirect.
  func takeHeaderLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
    headBytes += bytes.count
    guard headBytes <= HTTPClient.headLimit else { return fail(.tooLarge(limit: HTTPClient.headLimit)) }
    let line = String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      let status = line.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0.prefix(3)) }
      head = HTTPResponseHead(status: status ?? 0)
      collected.removeAll()
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...].drop { $0.isWhitespace }
      let end = value.lastIndex { !$0.isWhitespace }.map { value.index(after: $0) } ?? value.startIndex
      head.headers.append((String(line[..<colon]), String(value[..<end])))
    }
    return true
  }

  /// Passes a piece of the response's body to the receiver if the status is 2xx, and otherwise keeps it in memory.
  func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if head.isSuccess, let receiver {
      do {
        try receiver(head, bytes)
        return true
      } catch {
        return fail(error)
      }
    }
    guard bytes.count <= limit - collected.count else { return fail(.tooLarge(limit: limit)) }
    collected.append(contentsOf: bytes)
    return true
  }

  /// Fills `buffer` with the next bytes of the request's body; returns 0 at the end of the body and nil after a
  /// failure.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let left = body.length - sent
    guard left > 0 else { return 0 }
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(Int64(buffer.count), left))])
    let count: Int
    do {
      count = try read(into: room)
    } catch {
      _ = fail(error)
      return nil
    }
    guard (1...room.count).contains(count) else {
      _ = fail(.aborted("the body ended \(left) bytes early"))
      return nil
    }
    sent += Int64(count)
    return count
  }

  /// Moves to `offset` in the request's body.
  func seek(to offset: Int64) -> Bool {
    guard (0...body.length).contains(offset) else { return false }
    sent = offset
    return true
  }

  private func read(into room: UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int {
    switch body {
    case .none:
      return 0
    case .bytes(let bytes):
      bytes.withUnsafeBytes {
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(sent)...].prefix(room.count)))
      }
      return room.count
    case .file(let descriptor, let offset, _):
      while true {
        let count = pread(descriptor, room.baseAddress, room.count, off_t(offset + sent))
        if count >= 0 { return count }
        guard errno == EINTR else { throw .aborted("reading the file: " + String(cString: strerror(errno))) }
      }
    case .reader(_, let read):
      return try read(sent, room)
    }
  }

  private func fail(_ error: HTTPError) -> Bool {
    failure = failure ?? error
    return false
  }
}
