internal import Glibc

/// An open file descriptor, closed when the last reference to it goes.
final class Descriptor: Sendable {
  let number: Int32

  /// Takes ownership; nil when `number` is what a failed call returned.
  init?(owning number: Int32) {
    guard number >= 0 else { return nil }
    self.number = number
  }

  deinit { close(number) }
}

/// Something a thread can wait for that stays true once it happened.
struct Event: Sendable {
  let descriptor: Descriptor

  func signal() {
    var one: UInt64 = 1
    _ = withUnsafeBytes(of: &one) { write(descriptor.number, $0.baseAddress, $0.count) }
  }
}
