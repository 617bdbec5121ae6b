import Foundation
import Signing
import TestSupport
import Testing

@testable import Migration

@Suite struct `Reading a file once` {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func reader(_ name: String) throws -> FileReader {
    try FileReader(try opened(folder.file(name)), hasher: SHA256())
  }

  private func fill(_ reader: FileReader, _ count: Int) throws(SendFailure) -> [UInt8] {
    let buffer = Buffer.unlimited(count)
    try reader.fill(buffer[first: count])
    return Array(buffer[first: count])
  }

  @Test(arguments: [0, 1, 262_144, 262_145, 5_000_000])
  func `gives the bytes and their digest`(count: Int) throws {
    let bytes = pattern(count)
    try folder.write(bytes, to: "a")
    let reader = try reader("a")
    #expect(try fill(reader, count) == bytes)
    #expect(try reader.finish() == SHA256.digest(of: bytes))
  }

  @Test func `one hasher serves one file after another, also after a file that was given up`() throws {
    let hasher = SHA256()
    try folder.write([1, 2, 3], to: "a")
    for _ in 0..<2 {
      let reader = try FileReader(try opened(folder.file("a")), hasher: hasher)
      _ = try fill(reader, 2)
    }
    let reader = try FileReader(try opened(folder.file("a")), hasher: hasher)
    _ = try fill(reader, 3)
    #expect(try reader.finish() == SHA256.digest(of: [1, 2, 3]))
  }

  @Test func `a file that grows, shrinks or gets other bytes in the middle has changed`() throws {
    let changes: [(String, (FileHandle) throws -> Void)] = [
      (
        "grows",
        {
          try $0.seekToEnd(); try $0.write(contentsOf: Data([1]))
        }
      ),
      ("shrinks", { try $0.truncate(atOffset: 10) }),
      ("other bytes", { try $0.write(contentsOf: Data([99])) }),
    ]
    for (name, change) in changes {
      let path = try folder.write(pattern(600_000), to: name)
      let reader = try reader(name)
      _ = try fill(reader, 300_000)
      let handle = try #require(FileHandle(forUpdatingAtPath: path))
      try change(handle)
      try handle.close()
      let outcome = failure { () throws(SendFailure) in
        _ = try fill(reader, 300_000)
        return try reader.finish()
      }
      #expect(outcome == .changed, "\(name)")
    }
  }

  @Test func `a folder and a pipe are no regular files`() throws {
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    for path in [folder.path, folder.file("pipe")] {
      let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
      let outcome = failure { () throws(SendFailure) in try FileReader(descriptor, hasher: SHA256()) }
      #expect(outcome == .unreadable(detail: "not a regular file"), "\(path)")
    }
  }

  @Test func `the page cache keeps a file that was cached, and does not fill with one that was not`() throws {
    let path = try folder.write(pattern(20 << 20), to: "a")
    for isCached in [false, true] {
      let descriptor = try opened(path)
      fsync(descriptor)
      posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
      // Memory file systems keep their pages whatever the advice.
      guard cachedPages(descriptor, 20 << 20) < 100 else { return }
      if isCached { _ = try Data(contentsOf: URL(filePath: path)).count }
      close(descriptor)
      let reader = try reader("a")
      let before = cachedPages(reader.descriptor, 20 << 20)
      _ = try fill(reader, 20 << 20)
      reader.dropPages()
      let after = cachedPages(reader.descriptor, 20 << 20)
      if isCached { #expect(before == 5120 && after == 5120) } else { #expect(before < 1000 && after < 1000) }
    }
  }

  /// Returns the number of pages of a file that are in the cache.
  private func cachedPages(_ descriptor: Int32, _ size: Int) -> Int {
    let start = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0)
    defer { munmap(start, size) }
    var pages = [UInt8](repeating: 0, count: size / 4096)
    mincore(start, size, &pages)
    return pages.count { $0 & 1 == 1 }
  }
}

@Suite struct `A limit of bytes per second` {
  @Test(arguments: [
    ("50MB/s", 50_000_000), ("800kB", 800_000), ("2MiB/s", 2_097_152), ("1.5 GB/s", 1.5e9), ("1000", 1000),
  ])
  func `is read from text`(text: String, rate: Double) { #expect(BandwidthLimiter(text)?.bytesPerSecond == rate) }

  @Test(arguments: ["", "fast", "-1MB", "0", "1XB/s", "1e9", "MB/s", "1..2MB"])
  func `refuses other text`(text: String) { #expect(BandwidthLimiter(text) == nil) }

  @Test func `holds for all threads together`() throws {
    let limiter = BandwidthLimiter(bytesPerSecond: 10_000_000)
    let start = ContinuousClock.now
    _ = try concurrently(8) { _ in for _ in 0..<25 { limiter.take(50_000) } }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    #expect((0.9...1.3).contains(seconds), "10 MB at 10 MB/s took \(seconds) s")
  }
}

@Suite struct `The priority of reads` {
  @Test(arguments: IOPriority.allCases) func `is accepted by the system`(priority: IOPriority) async throws {
    #expect(try await onThread { priority.applyToThread() })
  }
}
