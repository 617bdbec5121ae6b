internal import Core
internal import Glibc
internal import Signing

/// The reasons why a report cannot be written, signed or believed.
public enum ReportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file cannot be read or written; `reason` is the system's message.
  case unusable(path: String, reason: String)
  /// Other users of the machine may read or replace the private key.
  case looseKey(path: String, mode: String)
  /// The key does not fit; `reason` says why.
  case unsuitedKey(path: String, reason: String)
  /// The signature is not one of this key over these bytes.
  case forged(report: String, key: String)
  /// The file is no report of a migration.
  case noReport
  /// The report has a form that this version does not know.
  case otherForm(String)
  /// The sums of the report do not fit together.
  case contradiction

  /// The reason as one sentence.
  public var description: String {
    switch self {
    case .unusable(let path, let reason): "\(path) cannot be used: \(reason)."
    case .looseKey(let path, let mode):
      "The private key \(path) has the mode \(mode), so other users may read it. Make it private: chmod 600 \(path)"
    case .unsuitedKey(let path, let reason):
      "The key \(path) does not fit: \(reason). `openssl genpkey -algorithm ed25519` makes one that does."
    case .forged(let report, let key):
      "The report \(report) is NOT genuine: its signature does not belong to these bytes and the key \(key)."
        + " The report was changed, or somebody else signed it."
    case .noReport: "The file is no report of `stowage migrate verify --report`."
    case .otherForm(let form): "The report has the form \(Wording.printable(form)), which this version does not know."
    case .contradiction: "The report contradicts itself: its users do not add up to its tree."
    }
  }
}

/// Reports on the disk: `FILE` is the JSON document, `FILE.txt` a page of text, `FILE.sig` the signature.
public enum ReportFile {
  private static let maximumBytes = 256 << 20

  /// Reads a private key that only its owner can read.
  public static func signingKey(_ path: String) throws(ReportError) -> Ed25519Signer {
    let bytes = try read(path, limit: 1 << 16) { status throws(ReportError) in
      guard status.st_mode & 0o077 == 0 else {
        throw .looseKey(path: path, mode: String(status.st_mode & 0o7777, radix: 8))
      }
      guard status.st_uid == geteuid() || status.st_uid == 0 else {
        throw .unsuitedKey(path: path, reason: "it belongs to another user of this machine")
      }
    }
    do throws(Ed25519Error) {
      return Ed25519Signer(key: try Ed25519Key(privatePEM: bytes))
    } catch {
      throw .unsuitedKey(path: path, reason: error.description)
    }
  }

  /// Writes a report with its page of text, and with a signature if there is a key.
  ///
  /// An older signature is removed first, so that no moment has a report with the signature of another one.
  public static func write(_ report: TreeReport, to path: String, signer: Ed25519Signer?) throws(ReportError) {
    let json: [UInt8]
    let signature: [UInt8]?
    do {
      json = try report.json
      signature = try signer.map { try $0.key.signature(of: json) }
    } catch {
      throw .unusable(path: path, reason: "\(error)")
    }
    try requirePlace(path)
    if unlink(path + ".sig") != 0, errno != ENOENT { throw .unusable(path: path + ".sig", reason: message(errno)) }
    try write(json, to: path)
    try write(Array(report.text().utf8), to: path + ".txt")
    if let signature { try write(signature, to: path + ".sig") }
  }

  /// Returns the report at `path` if the key at `keyPath` signed exactly its bytes.
  public static func check(_ path: String, key keyPath: String) throws(ReportError) -> TreeReport {
    let pem = try read(keyPath, limit: 1 << 16)
    let key: Ed25519Key
    do throws(Ed25519Error) {
      key = try Ed25519Key(publicPEM: pem)
    } catch {
      throw .unsuitedKey(path: keyPath, reason: error.description)
    }
    let json = try read(path, limit: maximumBytes)
    let signature = try read(path + ".sig", limit: 1 << 16)
    guard key.verifies(signature, of: json) else { throw .forged(report: path, key: keyPath) }
    return try TreeReport(json: json)
  }

  /// Reads a regular file of up to `limit` bytes.
  private static func read(
    _ path: String,
    limit: Int,
    check: (stat) throws(ReportError) -> Void = { _ in }
  ) throws(ReportError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .unusable(path: path, reason: message(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unusable(path: path, reason: "it is not a file")
    }
    try check(status)
    guard status.st_size <= limit else { throw .unusable(path: path, reason: "it has over \(limit) bytes") }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
      let read = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
      }
      if read < 0, errno == EINTR { continue }
      guard read > 0 else { throw .unusable(path: path, reason: read < 0 ? message(errno) : "it became shorter") }
      count += read
    }
    return bytes
  }

  /// Throws if a report must not replace what is at `path`, such as a device or a symbolic link.
  public static func requirePlace(_ path: String) throws(ReportError) {
    for file in [path, path + ".txt", path + ".sig"] {
      var status = stat()
      guard lstat(file, &status) == 0 else { continue }
      guard status.st_mode & S_IFMT == S_IFREG else { throw .unusable(path: file, reason: "it is no regular file") }
    }
  }

  /// Replaces a file in one step.
  private static func write(_ bytes: [UInt8], to path: String) throws(ReportError) {
    let temporary = path + ".new-\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .unusable(path: path, reason: message(errno)) }
    var count = 0
    var code: Int32 = 0
    while count < bytes.count, code == 0 {
      let written = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
      }
      if written > 0 { count += written } else if errno != EINTR { code = errno }
    }
    if code == 0, fsync(descriptor) != 0 { code = errno }
    close(descriptor)
    if code == 0, rename(temporary, path) != 0 { code = errno }
    guard code != 0 else { return }
    unlink(temporary)
    throw .unusable(path: path, reason: message(code))
  }
}

/// A private key for reports.
public struct Ed25519Signer: Sendable {
  let key: Ed25519Key
}
