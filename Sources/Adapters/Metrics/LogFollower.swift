internal import Glibc
internal import Synchronization

/// Reads the lines that another program appends to a log file, also after the file was rotated.
///
/// The first line is the first one that begins after the creation of the follower. A rotated file is read for two more
/// minutes, since its writer opens the new file only when it is told to. A file that is cut to a smaller size is read
/// from its start.
public final class LogFollower: Sendable {
  /// The maximum length of a line, in bytes; a longer one is left out.
  static let maximumLine = 64 << 10
  /// The maximum number of bytes of one look, so that a look ends; the next one goes on.
  static let maximumLook = 256 << 20
  /// How long a rotated file is still read.
  static let overlap = Duration.seconds(120)

  private struct State {
    var current: OpenLog?
    var previous: OpenLog?
    var previousUntil = ContinuousClock.now
    /// True until the file was opened or did not exist: lines that are older than the follower do not count.
    var skipsContent = true
  }

  private let path: String
  private let state = Mutex(State())

  /// Creates a follower of the file at `path`, which need not exist yet.
  public init(path: String) {
    self.path = path
    _ = readLines { _ in }
  }

  /// Passes each complete new line to `take`, without its end; returns false if the file cannot be opened or is no regular file.
  public func readLines(_ take: @Sendable (UnsafeRawBufferPointer) -> Void) -> Bool {
    state.withLock { state in
      if let previous = state.previous {
        previous.drain(take)
        if ContinuousClock.now > state.previousUntil { state.previous = nil }
      }
      state.current?.drain(take)
      if let current = state.current, current.isAt(path) { return true }
      guard let opened = OpenLog.at(path) else {
        if errno == ENOENT { state.skipsContent = false }
        return errno == ENOENT && state.current != nil
      }
      if state.skipsContent { opened.skip() }
      state.skipsContent = false
      state.previous = state.current
      state.previousUntil = .now + Self.overlap
      state.current = opened
      opened.drain(take)
      return true
    }
  }
}

/// An open log file, and the beginning of a line whose end is not there yet.
private final class OpenLog {
  private let descriptor: Int32
  private var position: off_t = 0
  private var begun: [UInt8] = []
  private var skipsLine = false

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Opens the file at `path`; nil with `errno` if that fails.
  static func at(_ path: String) -> OpenLog? {
    // The process does not wait for the writer of a named pipe.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    // A device such as /dev/zero has no end.
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      errno = EINVAL
      return nil
    }
    return OpenLog(descriptor)
  }

  deinit { close(descriptor) }

  /// True if the file still has this path.
  func isAt(_ path: String) -> Bool {
    var (mine, theirs) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && stat(path, &theirs) == 0 && mine.st_ino == theirs.st_ino
      && mine.st_dev == theirs.st_dev
  }

  /// Leaves out everything that the file has now, and the rest of its last line.
  func skip() {
    position = max(lseek(descriptor, 0, SEEK_END), 0)
    var last: UInt8 = 0
    skipsLine = position > 0 && !(pread(descriptor, &last, 1, position - 1) == 1 && last == UInt8(ascii: "\n"))
  }

  func drain(_ take: @Sendable (UnsafeRawBufferPointer) -> Void) {
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_size < position { (position, begun, skipsLine) = (0, [], false) }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var left = LogFollower.maximumLook
    while left > 0 {
      let count = pread(descriptor, &buffer, buffer.count, position)
      guard count > 0 else { return }
      position += off_t(count)
      left -= count
      split(buffer[..<count], take)
    }
  }

  private func split(_ bytes: ArraySlice<UInt8>, _ take: @Sendable (UnsafeRawBufferPointer) -> Void) {
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      if !skipsLine {
        if begun.isEmpty {
          line.withUnsafeBytes(take)
        } else if begun.count + line.count <= LogFollower.maximumLine {
          begun += line
          begun.withUnsafeBytes(take)
        }
      }
      skipsLine = false
      begun.removeAll(keepingCapacity: true)
    }
    guard !skipsLine, begun.count + rest.count <= LogFollower.maximumLine else {
      skipsLine = true
      begun = []
      return
    }
    begun += rest
  }
}
