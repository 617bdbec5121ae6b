internal import Glibc

/// An open file descriptor; the last reference closes it.
final class Descriptor: Sendable {
  let number: Int32

  /// Takes ownership of `number`; nil if `number` is negative, the result of a failed call.
  init?(owning number: Int32) {
    guard number >= 0 else { return nil }
    self.number = number
  }

  deinit { close(number) }
}

/// An eventfd on which threads wait; it stays readable after the first signal.
struct Event: Sendable {
  let descriptor: Descriptor

  func signal() {
    var one: UInt64 = 1
    _ = withUnsafeBytes(of: &one) { write(descriptor.number, $0.baseAddress, $0.count) }
  }
}
