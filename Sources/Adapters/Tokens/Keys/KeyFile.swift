internal import FoundationEssentials
internal import Glibc

/// A file with a document of keys, read only if it may have changed.
struct KeyFile: Sendable {
  /// Identifies the state of a file: device, inode, size and times.
  struct Stamp: Equatable {
    private let numbers: [Int]

    fileprivate init(_ facts: stat) {
      numbers = [
        Int(facts.st_dev), Int(facts.st_ino), Int(facts.st_size), facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec,
        facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec,
      ]
    }
  }

  struct Content {
    /// Nil for a file modified in the last 2 s: timestamps of file systems are coarse, so another write could leave the
    /// stamp unchanged.
    let stamp: Stamp?
    let modified: Date
    let document: Data
  }

  private static let coarseness = 2.0

  let path: String

  /// Returns the content, or nil if the file still has this stamp; throws if the file cannot be read.
  func read(unless stamp: Stamp?) throws(KeySetError) -> Content? {
    var facts = stat()
    if let stamp, stat(path, &facts) == 0, Stamp(facts) == stamp { return nil }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw refusal(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { throw refusal("not a file") }
    let modified = Date(timeIntervalSince1970: Double(facts.st_mtim.tv_sec) + Double(facts.st_mtim.tv_nsec) / 1e9)
    let isSettled = Date.now.timeIntervalSince(modified) > Self.coarseness
    return Content(stamp: isSettled ? Stamp(facts) : nil, modified: modified, document: try bytes(of: descriptor))
  }

  private func bytes(of descriptor: Int32) throws(KeySetError) -> Data {
    var bytes = [UInt8](repeating: 0, count: KeySet.maximumBytes + 1)
    var count = 0
    while count < bytes.count {
      let read = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
      }
      if read < 0, errno == EINTR { continue }
      guard read >= 0 else { throw refusal(String(cString: strerror(errno))) }
      if read == 0 { break }
      count += read
    }
    return Data(bytes[..<count])
  }

  private func refusal(_ words: String) -> KeySetError { KeySetError("\(path): \(words)") }
}
