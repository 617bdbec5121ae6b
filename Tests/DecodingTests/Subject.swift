import Core
import Foundation
import TestSupport
import Testing

@testable import Decoding

/// The path of the built decoder: in the folder of the test program.
let decoderPath = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  .deletingLastPathComponent().appendingPathComponent("decoder").path

func user(_ name: String) throws -> UserID { try #require(UserID(name)) }

extension DecoderPool {
  func decode(
    path: String,
    as claimed: FileType,
    for user: UserID,
    variants: [VariantSpecification] = VariantSpecification.defaults
  ) throws -> Decoded {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? file.close() }
    let size = Int(try file.seekToEnd())
    return try decode(file: file.fileDescriptor, size: size, claimed: .checked(claimed), variants: variants, for: user)
  }

  /// Returns the error of decoding a file; nil if decoding succeeds.
  func failure(_ path: String, as claimed: FileType, for user: UserID) throws -> DecodeError? {
    do {
      _ = try decode(path: path, as: claimed, for: user)
      return nil
    } catch let error as DecodeError {
      return error
    }
  }
}

/// True if a process of that number exists, alive or as a zombie.
func exists(_ pid: Int32) -> Bool { kill(pid, 0) == 0 }

/// Writes a shell script that stands in for a compromised decoder.
func impostor(in folder: ScratchFolder, _ script: String) throws -> String {
  let text = "#!/bin/sh\n" + script + "\n"
  try folder.write(Array(text.utf8), to: "impostor")
  try folder.run("chmod", ["755", "impostor"])
  return folder.file("impostor")
}
