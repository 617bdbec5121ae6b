internal import Foundation
internal import Glibc

/// The facts of a file that change whenever its bytes change.
public struct FileStamp: Hashable, Sendable {
  /// The length, in bytes.
  public var size: Int64
  /// The time of the last change of the bytes, in nanoseconds since 1970.
  public var modified: Int64
  /// The time of the last change of the bytes, the name count, the mode or the owner, in nanoseconds since 1970.
  public var changed: Int64

  /// Creates a stamp.
  public init(size: Int64, modified: Int64, changed: Int64) {
    self.size = size
    self.modified = modified
    self.changed = changed
  }

  /// Returns the stamp of an open file; throws `unreadable` unless the file is a regular one.
  init(of descriptor: Int32) throws(SendFailure) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(detail: String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(detail: "not a regular file") }
    self.init(
      size: Int64(status.st_size),
      modified: nanoseconds(status.st_mtim),
      changed: nanoseconds(status.st_ctim)
    )
  }

  /// Returns the stamp of a file before its bytes are read.
  ///
  /// A file system takes its times from the kernel's tick, 1 to 10 ms long: two writes within one tick leave equal
  /// times. The stamp of a file that changed just now is therefore taken again a little later.
  static func settled(of descriptor: Int32) throws(SendFailure) -> FileStamp {
    let first = try FileStamp(of: descriptor)
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let present = nanoseconds(now)
    guard first.changed > present - longestTick, first.changed < present + longestTick else { return first }
    usleep(UInt32(longestTick / 1000))
    return try FileStamp(of: descriptor)
  }
}

/// Two ticks of a kernel with 100 ticks a second, in nanoseconds.
private let longestTick: Int64 = 20_000_000

/// Returns a time in nanoseconds since 1970.
///
/// Times of more than 292 years before or after 1970 become the nearest time that 64 bits can hold: some file systems
/// store later times.
func nanoseconds(_ time: timespec) -> Int64 { nanoseconds(seconds: Int64(time.tv_sec), Int64(time.tv_nsec)) }

/// Returns a time of whole seconds and nanoseconds since 1970 in nanoseconds, within the range of 64 bits.
func nanoseconds(seconds: Int64, _ rest: Int64 = 0) -> Int64 {
  let (product, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
  guard !isTooLong else { return seconds < 0 ? .min : .max }
  let (sum, isTooLarge) = product.addingReportingOverflow(rest)
  return isTooLarge ? .max : sum
}

/// Returns the time of an object in nanoseconds since 1970, without fractions of seconds: listings of some stores have
/// fractions that the answers about one object do not have.
func wholeSeconds(_ time: Date) -> Int64 {
  nanoseconds(seconds: Int64(exactly: time.timeIntervalSince1970.rounded(.down)) ?? .max)
}
