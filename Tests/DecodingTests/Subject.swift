import Core
import Foundation
import TestSupport
import Testing

@testable import Decoding

/// The path of the built decoder: in the folder of the test program.
let decoderPath = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  .deletingLastPathComponent().appendingPathComponent("decoder").path

extension DecoderPool {
  func decode(
    path: String,
    as claimed: FileType,
    variants: [VariantSpecification] = VariantSpecification.defaults
  ) throws -> Decoded {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? file.close() }
    let size = Int(try file.seekToEnd())
    return try decode(file: file.fileDescriptor, size: size, claimed: .checked(claimed), variants: variants)
  }

  /// Returns the error of decoding a file; nil if decoding succeeds.
  func failure(_ path: String, as claimed: FileType) throws -> DecodeError? {
    do {
      _ = try decode(path: path, as: claimed)
      return nil
    } catch let error as DecodeError {
      return error
    }
  }
}

/// True if a process of that number exists, alive or as a zombie.
func exists(_ pid: Int32) -> Bool { kill(pid, 0) == 0 }

/// Returns the processes that a fork server has forked and that have not been reaped.
func children(of server: Int32?) -> [Int32] {
  guard let server else { return [] }
  return processes().filter { $0 != server && facts($0).dropFirst(2).first == "\(server)" }
}

private func processes() -> [Int32] {
  (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
}

/// Returns the fields of /proc/PID/stat from the state on; empty if there is no such process.
func facts(_ pid: Int32) -> [Substring] {
  let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
  return line?.split(separator: ")").last?.split(separator: " ") ?? []
}

/// True if the process has ended, whether or not it was reaped.
func isOver(_ pid: Int32) -> Bool { facts(pid).first.map { $0 == "Z" } ?? true }

/// Waits up to a minute until `isDone`.
func wait(until isDone: () -> Bool) {
  let end = ContinuousClock.now + .seconds(60)
  while !isDone(), ContinuousClock.now < end { usleep(5_000) }
}

/// Makes a file that takes seconds to decode: 30 million interlaced pixels that do not compress.
func heavyFile(in folder: ScratchFolder) throws -> String {
  try folder.run("vips", ["gaussnoise", "noise.v", "6000", "5000", "--sigma", "60"])
  try folder.run("vips", ["cast", "noise.v", "heavy.png[compression=0,interlace=true]", "uchar"])
  return folder.file("heavy.png")
}
