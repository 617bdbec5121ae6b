import Foundation
import Storage
import TestSupport
import Testing

/// Bytes that depend on their position, so that a lost or moved piece is noticed.
private struct Pattern: Sendable {
  private let block = (0..<131_042).map { UInt8(truncatingIfNeeded: ($0 % 65_521) &* 167 &+ (($0 % 65_521) >> 8)) }

  func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int {
    let start = Int(offset % 65_521)
    let count = min(buffer.count, 65_521)
    block.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + count)])) }
    return count
  }

  func matches(_ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Bool {
    var done = 0
    while done < bytes.count {
      let start = Int((offset + Int64(done)) % 65_521)
      let count = min(bytes.count - done, 65_521)
      let isEqual = block.withUnsafeBytes { own in
        UnsafeRawBufferPointer(rebasing: own[start..<(start + count)]).isSame(as: bytes[done..<(done + count)])
      }
      guard isEqual else { return false }
      done += count
    }
    return true
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func isSame(as other: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let left = baseAddress, let right = UnsafeRawBufferPointer(rebasing: other).baseAddress else {
      return isEmpty
    }
    return count == other.count && memcmp(left, right, count) == 0
  }
}

/// Returns the largest resident memory of this process so far, in bytes.
private func peakMemory() throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return (line?.split { " \t".contains($0) }.dropFirst().first.flatMap { Int($0) } ?? .max / 1024) * 1024
}

/// A long run transfers 2 GB, and an ordinary run eight times the memory limit.
@Suite struct `Large objects` {
  @Test(.timeLimit(.minutes(5))) func `are transferred in both directions within 64 MB of memory`() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let size = Int64(LongRun.count(2 << 30, reduced: 512 << 20))
      let pattern = Pattern()
      let start = ContinuousClock.now
      try Subject.seaweedFS.withBucket { store, bucket in
        let body = ObjectBody.reader(length: size) { offset, buffer throws(StoreError) in
          pattern.fill(buffer, at: offset)
        }
        _ = try store.put(body, to: "large", in: bucket)
        let stored = ContinuousClock.now
        var offset: Int64 = 0
        let info = try store.get("large", in: bucket) { bytes throws(StoreError) in
          guard pattern.matches(bytes, at: offset) else { throw .integrity(detail: "other bytes at \(offset)") }
          offset += Int64(bytes.count)
        }
        let peak = try peakMemory()
        let figures =
          "\(size >> 20) MB: put \(stored - start), get \(ContinuousClock.now - stored), peak \(peak >> 20) MB\n"
        FileHandle.standardError.write(Data(figures.utf8))
        if info.size != size || offset != size { exit(2) }
        if peak >= 64 << 20 { exit(3) }
      }
    }
    if let result { print(String(decoding: result.standardErrorContent, as: UTF8.self)) }
  }
}
