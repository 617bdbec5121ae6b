internal import Core
internal import Glibc
internal import Signing

extension TreeRoot {
  /// Hashes the file at `path`, and returns true if it has the digest; a file that changes meanwhile has not.
  func hasDigest(_ digest: [UInt8], at path: [UInt8]) -> Result<Bool, TreeError> {
    do throws(TreeError) {
      let file = try TreeReader(self).open(path)
      let descriptor = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
      guard descriptor >= 0 else { throw .unreadable(reason: message(errno)) }
      return .success(try DiskHasher().digest(ofFileAt: descriptor)?.bytes == digest)
    } catch {
      return .failure(error)
    }
  }
}

/// Reads files of the disk for their digests, one after the other; each thread needs a separate one.
final class DiskHasher {
  private let hasher = SHA256()
  private let buffer = Buffer.unlimited(FileReader.pieceSize)

  /// Takes over `descriptor`, and returns the SHA-256 of the file; nil if the file changes while it is read.
  func digest(ofFileAt descriptor: Int32) throws(TreeError) -> SHA256Digest? {
    do throws(SendFailure) {
      return SHA256Digest(bytes: try FileReader(descriptor, hasher: hasher).digest(by: buffer))
    } catch {
      switch error {
      case .changed: return nil
      default: throw .unreadable(reason: error.description)
      }
    }
  }
}

extension FileReader {
  /// Reads the file to its end, and returns the digest; throws `changed` if the file changes meanwhile.
  func digest(by buffer: Buffer = .unlimited(FileReader.pieceSize)) throws(SendFailure) -> [UInt8] {
    while position < stamp.size {
      try fill(buffer[first: Int(min(stamp.size - position, Int64(Self.pieceSize)))])
    }
    return try finish()
  }
}
