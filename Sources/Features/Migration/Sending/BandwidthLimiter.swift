internal import Synchronization

/// Limits the bytes per second of all threads together.
///
/// Each piece of bytes gets the next free period of the line. A line that was idle lends up to a twentieth of a second.
public final class BandwidthLimiter: Sendable {
  /// The limit, in bytes per second.
  public let bytesPerSecond: Double
  private let nextFree = Mutex(ContinuousClock.now)

  /// Creates a limiter of at least 1 byte per second.
  public init(bytesPerSecond: Double) { self.bytesPerSecond = max(1, bytesPerSecond) }

  /// Creates a limiter from text such as `50MB/s`, `800kB` or `2MiB/s`; nil if the text is no positive rate.
  ///
  /// A prefix without `i` is decimal: 1 MB has 1,000,000 bytes.
  public convenience init?(_ text: String) {
    let bare = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
    let digits = bare.prefix { "0123456789.".utf8.contains($0.utf8.first ?? 0) }
    let unit = bare.dropFirst(digits.count).drop { $0 == " " }.uppercased()
    let factors: [String: Double] = [
      "": 1, "B": 1, "K": 1e3, "KB": 1e3, "M": 1e6, "MB": 1e6, "G": 1e9, "GB": 1e9, "KIB": 1024, "MIB": 1_048_576,
      "GIB": 1_073_741_824,
    ]
    guard let number = Double(digits), let factor = factors[unit], number * factor >= 1, number.isFinite else {
      return nil
    }
    self.init(bytesPerSecond: number * factor)
  }

  /// The longest piece that a thread takes at once, so that no thread waits much longer than a twentieth of a second
  /// for one piece.
  var longestPiece: Int { Int(min(max(bytesPerSecond / 20, 1024), 1_048_576)) }

  /// Waits until the line has room for `count` more bytes.
  func take(_ count: Int) {
    let now = ContinuousClock.now
    let period = Duration.seconds(Double(count) / bytesPerSecond)
    let start = nextFree.withLock { next in
      let start = max(next, now - .milliseconds(50))
      next = start + period
      return start
    }
    suspend(seconds: (start - now) / .seconds(1))
  }
}
