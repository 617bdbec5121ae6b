import Core
import Glibc

/// The child's end of the socket pair; the process exits if the parent closes its end.
struct Connection {
  let descriptor: Int32

  /// Returns the payload of the next frame.
  func receive(atMost limit: Int) -> [UInt8] {
    let prefix = read(4)
    let length = DecoderProtocol.length(prefix: prefix)
    guard length <= limit else { exit(76) }
    return read(length)
  }

  /// Sends one frame.
  func send(_ payload: [UInt8]) {
    write(DecoderProtocol.prefix(length: payload.count))
    write(payload)
  }

  private func read(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let answer = Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled)
        if answer == 0 { exit(0) }
        if answer > 0 { filled += answer } else if errno != EINTR { exit(74) }
      }
    }
  }

  private func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      var sent = 0
      while sent < buffer.count {
        let answer = Glibc.write(descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent)
        if answer > 0 { sent += answer } else if errno != EINTR { exit(74) }
      }
    }
  }
}
