import Compression
import Foundation
import Testing

@Suite struct GzipReaderTests {
  private static let text = Array((0..<20_000).map { "line \($0 * 7919 % 1009)\n" }.joined().utf8)

  private func packed(_ bytes: [UInt8]) throws -> [UInt8] {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-c"]
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    Thread.detachNewThread {
      try? input.fileHandleForWriting.write(contentsOf: Data(bytes))
      try? input.fileHandleForWriting.close()
    }
    defer { process.waitUntilExit() }
    return Array(output.fileHandleForReading.readDataToEndOfFile())
  }

  private func unpacked(_ bytes: [UInt8], pieces: Int = 1000, limit: Int64 = 1 << 30) throws -> [UInt8] {
    let reader = GzipReader(limit: limit)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      try bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { piece in
        try reader.read(piece) { result += $0 }
      }
    }
    try reader.finish()
    return result
  }

  @Test(arguments: [1, 7, 65_536, 10_000_000])
  func `a stream in pieces of any size gives its bytes`(pieces: Int) throws {
    #expect(try unpacked(packed(Self.text), pieces: pieces) == Self.text)
  }

  @Test func `a stream of several members is one text`() throws {
    #expect(try unpacked(packed(Self.text) + packed([1, 2, 3]), pieces: 13) == Self.text + [1, 2, 3])
  }

  @Test func `a stream that is cut anywhere is refused`() throws {
    let whole = try packed(Self.text)
    for length in [0, 1, 9, 10, 11, whole.count / 2, whole.count - 8, whole.count - 1] {
      #expect(throws: GzipReader.Failure.cut) { try unpacked(Array(whole.prefix(length))) }
    }
  }

  @Test func `changed bytes, and bytes of another kind, are refused`() throws {
    var changed = try packed(Self.text)
    changed[changed.count - 6] ^= 1
    #expect(throws: GzipReader.Failure.damaged) { try unpacked(changed) }
    #expect(throws: GzipReader.Failure.damaged) { try unpacked(Self.text) }
    #expect(throws: GzipReader.Failure.damaged) { try unpacked(packed(Self.text) + [9, 9, 9]) }
  }

  @Test func `a stream that unpacks to more than the limit is refused in time`() throws {
    let bomb = try packed([UInt8](repeating: 0, count: 50 << 20))
    #expect(bomb.count < 100_000)
    #expect(throws: GzipReader.Failure.tooLarge(limit: 1 << 20)) { try unpacked(bomb, limit: 1 << 20) }
  }
}
