import Foundation
import Signing

/// Which program this is.
public enum Build {
  /// The first 12 hexadecimal digits of SHA-256 over the running program's file: another build has others.
  ///
  /// Empty where the file cannot be read.
  public static let digest: String = {
    guard let program = FileHandle(forReadingAtPath: "/proc/self/exe") else { return "" }
    let hasher = SHA256()
    while let piece = try? program.read(upToCount: 1 << 20), !piece.isEmpty { hasher.update(Array(piece)) }
    return String(lowercaseHexadecimal(hasher.finalize()).prefix(12))
  }()
}
