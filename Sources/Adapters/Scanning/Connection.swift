internal import Glibc

/// A connected stream socket with a deadline for every wait; it is closed when the object is released.
final class Connection {
  private let descriptor: Int32
  private let address: ClamdAddress
  var deadline: ContinuousClock.Instant
  /// True if the whole file was sent, so that only the daemon's verdict is missing.
  var hasWholeFile = false

  /// Tries the socket addresses of `address` in order, and returns the first connection that succeeds.
  static func open(_ address: ClamdAddress, until deadline: ContinuousClock.Instant) throws(ScanError) -> Connection {
    var failure = ScanError.unavailable(detail: "\(address): no address")
    for name in try SocketName.all(for: address) {
      do throws(ScanError) {
        return try Connection(name, of: address, until: deadline)
      } catch {
        failure = error
      }
    }
    throw failure
  }

  private init(
    _ name: SocketName,
    of address: ClamdAddress,
    until deadline: ContinuousClock.Instant
  ) throws(ScanError) {
    self.address = address
    self.deadline = deadline
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    descriptor = socket(name.family, kind, 0)
    guard descriptor >= 0 else { throw failure("socket") }
    try connect(name)
  }

  deinit { close(descriptor) }

  private func connect(_ name: SocketName) throws(ScanError) {
    while !attempt(name) {
      switch errno {
      case EINPROGRESS:
        _ = try wait(for: POLLOUT)
        var problem: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &length)
        guard problem == 0 else { throw .unavailable(detail: "\(address): connect: \(systemMessage(problem))") }
        return
      case EAGAIN where deadline > .now:
        poll(nil, 0, Self.fullQueuePause)
      default: throw failure("connect")
      }
    }
  }

  /// The pause between two attempts to connect to a local socket with a full queue, in milliseconds.
  ///
  /// The system does not signal the end of this state, so the code polls.
  private static let fullQueuePause: Int32 = 5

  private func attempt(_ name: SocketName) -> Bool {
    name.bytes.withUnsafeBytes { raw in
      raw.withMemoryRebound(to: sockaddr.self) { Glibc.connect(descriptor, $0.baseAddress, socklen_t(raw.count)) }
    } == 0
  }

  /// Sends all of `bytes`; throws an error if the daemon answers or closes the connection before the end.
  func send(_ bytes: ArraySlice<UInt8>) throws(ScanError) {
    var rest = bytes
    while !rest.isEmpty {
      if try wait(for: POLLIN | POLLOUT) & Int16(POLLIN) != 0 { throw try earlyAnswer() }
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EPIPE || errno == ECONNRESET {
        throw try earlyAnswer()
      } else if errno != EAGAIN, errno != EINTR {
        throw failure("send")
      }
    }
  }

  /// Sends what the socket takes without waiting, and returns the number of bytes.
  ///
  /// Returns nil if the daemon has answered or closed the connection; `send` then throws the reason.
  func sendAtOnce(_ bytes: ArraySlice<UInt8>) -> Int? {
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, 0) == 0 else { return nil }
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 { return count }
      if errno == EAGAIN { return 0 }
      guard errno == EINTR else { return nil }
    }
  }

  private func earlyAnswer() throws(ScanError) -> ScanError {
    let answer = try reply()
    if answer == Clamd.sizeLimitReply { return .tooLarge }
    return .refused(detail: "answered before the end: " + Clamd.sanitized(answer, limit: 200))
  }

  /// Returns the reply, from the start of the stream to its end, without the final NUL; it must be the only NUL.
  ///
  /// A daemon that refuses a file for its size leaves bytes unread, so its connection ends with a reset.
  func reply() throws(ScanError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Clamd.maximumReplyBytes)
    var length = 0
    while length < bytes.count {
      _ = try wait(for: POLLIN)
      let count = bytes[length...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count == 0 { break }
      if count > 0 {
        length += count
      } else if errno == ECONNRESET, bytes[..<length] == (Clamd.sizeLimitReply + [0])[...] {
        break
      } else if errno != EAGAIN, errno != EINTR {
        throw failure("recv")
      }
    }
    let reply = bytes[..<length]
    if reply.isEmpty { throw .unavailable(detail: "\(address): closed without an answer") }
    guard reply.firstIndex(of: 0) == length - 1 else {
      throw .refused(detail: "not one reply: " + Clamd.sanitized(Array(reply), limit: 200))
    }
    return Array(reply.dropLast())
  }

  /// Waits for `events` and returns those that occurred; an error or a hang-up alone counts as all of `events`.
  private func wait(for events: Int32) throws(ScanError) -> Int16 {
    while true {
      let left = (deadline - .now).components
      let milliseconds = min(left.seconds, 3600) * 1000 + left.attoseconds / 1_000_000_000_000_000
      guard milliseconds > 0 else { throw lateness }
      var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
      let ready = poll(&entry, 1, Int32(milliseconds))
      if ready > 0 { return entry.revents & Int16(events) == 0 ? Int16(events) : entry.revents }
      guard ready == 0 || errno == EINTR else { throw failure("poll") }
    }
  }

  private var lateness: ScanError {
    let detail = "\(address): no answer in time"
    return hasWholeFile ? .tooSlow(detail: detail) : .unavailable(detail: detail)
  }

  private func failure(_ call: String) -> ScanError {
    .unavailable(detail: "\(address): \(call): \(systemMessage(errno))")
  }
}
