internal import Core
internal import Glibc

/// A request and its reply over the socket of a child, all before one deadline.
struct Conversation {
  let child: ChildProcess
  let deadline: ContinuousClock.Instant

  init(_ child: ChildProcess, seconds: Int) {
    self.child = child
    deadline = .now + .seconds(seconds)
  }

  func send(_ payload: [UInt8]) throws(DecodeError) {
    try write(DecoderProtocol.prefix(length: payload.count))
    try write(payload)
  }

  /// Sends the first `size` bytes of `file` as one frame; the file offset is neither used nor changed.
  func send(file: Int32, size: Int) throws(DecodeError) {
    try write(DecoderProtocol.prefix(length: size))
    var offset = 0
    while offset < size {
      let want = min(size - offset, 256 << 10)
      let chunk = [UInt8](unsafeUninitializedCapacity: want) { buffer, filled in
        repeat {
          filled = max(0, pread(file, buffer.baseAddress, want, off_t(offset)))
        } while filled == 0 && errno == EINTR
      }
      guard !chunk.isEmpty else { throw .unavailable(detail: "file shorter than its size: \(offset) of \(size) bytes") }
      try write(chunk)
      offset += chunk.count
    }
  }

  /// Returns the payload of the next frame; throws before reading the payload if it is longer than `limit`.
  func receive(atMost limit: Int) throws(DecodeError) -> [UInt8] {
    let length = DecoderProtocol.length(prefix: try read(4))
    guard length <= limit else { throw .broken(detail: "an answer of \(length) bytes, over \(limit)") }
    return try read(length)
  }

  private func read(_ count: Int) throws(DecodeError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let answer = bytes.withUnsafeMutableBytes { buffer in
        recv(child.descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, Int32(MSG_DONTWAIT))
      }
      if answer > 0 {
        filled += answer
      } else if answer == 0 {
        throw .broken(detail: child.lastWords())
      } else {
        try wait(for: POLLIN)
      }
    }
    return bytes
  }

  private func write(_ bytes: [UInt8]) throws(DecodeError) {
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    var sent = 0
    while sent < bytes.count {
      let answer = bytes.withUnsafeBytes { buffer in
        Glibc.send(child.descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, flags)
      }
      if answer > 0 { sent += answer } else { try wait(for: POLLOUT) }
    }
  }

  /// Waits until the socket is ready again; must be called while `errno` is that of the failed call.
  private func wait(for event: Int32) throws(DecodeError) {
    guard errno == EAGAIN || errno == EINTR else { throw .broken(detail: "\(systemError()); \(child.lastWords())") }
    let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
    guard left > 0 else { throw .late(detail: "no answer before the deadline") }
    var poll = pollfd(fd: child.descriptor, events: Int16(event), revents: 0)
    _ = Glibc.poll(&poll, 1, Int32(min(left + 1, 60_000)))
  }
}
