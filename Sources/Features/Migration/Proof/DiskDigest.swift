internal import Glibc
internal import Signing

extension TreeRoot {
  /// Hashes the file at `path`, and returns true if it has the digest; a file that changes meanwhile has not.
  func hasDigest(_ digest: [UInt8], at path: [UInt8]) -> Result<Bool, TreeError> {
    do throws(TreeError) {
      let file = try TreeReader(self).open(path)
      let descriptor = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
      guard descriptor >= 0 else { throw .unreadable(reason: message(errno)) }
      return .success(try sha256(ofFileAt: descriptor) == digest)
    } catch {
      return .failure(error)
    }
  }
}

/// Takes over `descriptor`, and returns the SHA-256 of the file; nil if the file changes while it is read.
func sha256(ofFileAt descriptor: Int32) throws(TreeError) -> [UInt8]? {
  do throws(SendFailure) {
    let reader = try FileReader(descriptor, hasher: SHA256())
    return try reader.digest()
  } catch {
    switch error {
    case .changed: return nil
    default: throw .unreadable(reason: error.description)
    }
  }
}

extension FileReader {
  /// Reads the file to its end, and returns the digest; throws `changed` if the file changes meanwhile.
  func digest() throws(SendFailure) -> [UInt8] {
    let buffer = Buffer.unlimited(Self.pieceSize)
    while position < stamp.size {
      try fill(buffer[first: Int(min(stamp.size - position, Int64(Self.pieceSize)))])
    }
    return try finish()
  }
}
