internal import Glibc
internal import Signing

/// Returns the bytes of a regular file of at most `limit` bytes; nil if it does not exist.
///
/// The file may be a link, as Kubernetes mounts tokens. Opening never blocks, so a FIFO is refused like any other kind.
func readSmallFile(_ path: String, upTo limit: Int) throws(CredentialError) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
  guard descriptor >= 0 else {
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw CredentialError("\(path): \(String(cString: strerror(errno)))")
  }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw CredentialError("\(path): is not a regular file")
  }
  var bytes = [UInt8](repeating: 0, count: limit + 1)
  var length = 0
  while length < bytes.count {
    let count = bytes[length...].withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    if count == 0 { break }
    guard count > 0 || errno == EINTR else { throw CredentialError("\(path): \(String(cString: strerror(errno)))") }
    length += max(count, 0)
  }
  guard length <= limit else { throw CredentialError("\(path): is longer than \(limit) bytes") }
  return Array(bytes[..<length])
}

/// Returns the token in a file, without the white space at its ends; the token is printable and without spaces.
func readToken(_ path: String, upTo limit: Int) throws(CredentialError) -> String {
  guard path.hasPrefix("/") else { throw CredentialError("\(path): expected an absolute path of a token file") }
  guard let bytes = try readSmallFile(path, upTo: limit) else { throw CredentialError("\(path): does not exist") }
  let isSpace: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
  let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
  let token = String(decoding: bytes[..<end].drop(while: isSpace), as: UTF8.self)
  guard isPrintable(token, upTo: limit) else { throw CredentialError("\(path): has no token") }
  return token
}
