/// The ClamAV daemon (clamd), with one socket connection for each file.
///
/// Source: https://docs.clamav.net/manual/Usage/Scanning.html#clamd (INSTREAM)
public struct Clamd: MalwareScanner {
  /// The maximum length of a reply, in bytes.
  static let maximumReplyBytes = 4096

  private let address: ClamdAddress
  private let connectSeconds: Double
  private let deadlineSeconds: Double

  /// Creates a scanner for the daemon at `address`.
  ///
  /// `connectSeconds` limits the connection; `deadlineSeconds` limits a whole scan, including the connection.
  public init(_ address: ClamdAddress, connectSeconds: Double = 2, deadlineSeconds: Double = 60) {
    self.address = address
    self.connectSeconds = connectSeconds
    self.deadlineSeconds = deadlineSeconds
  }

  /// Streams the file; the verdict is `clean` only if exactly `size` bytes were sent and the reply was `stream: OK`.
  public func scan(descriptor: Int32, size: Int64) throws(ScanError) -> ScanVerdict {
    try begin(descriptor: descriptor, size: size).verdict()
  }

  /// Connects to the daemon and begins a stream.
  public func begin(descriptor: Int32, size: Int64) throws(ScanError) -> any ArrivingScan {
    guard size > 0 else { throw .empty }
    let connection = try connect()
    try connection.send(Self.command("INSTREAM"))
    return ClamdStream(connection, descriptor: descriptor, size: size, deadlineSeconds: deadlineSeconds)
  }

  /// Returns the version of the daemon and of its signatures, after a successful ping.
  public func version() throws(ScanError) -> String {
    try ping()
    return Self.sanitized(try answer(to: "VERSION"), limit: 200)
  }

  /// Throws an error unless the daemon answers `PONG`.
  public func ping() throws(ScanError) {
    let reply = try answer(to: "PING")
    guard reply == Array("PONG".utf8) else { throw .refused(detail: Self.sanitized(reply, limit: 200)) }
  }

  /// The time limit of a command that scans no file, in seconds.
  private static let answerSeconds = 5.0

  private func answer(to command: String) throws(ScanError) -> [UInt8] {
    let connection = try connect()
    connection.deadline = min(connection.deadline, .now + .seconds(Self.answerSeconds))
    try connection.send(Self.command(command))
    return try connection.reply()
  }

  private func connect() throws(ScanError) -> Connection {
    let now = ContinuousClock.now
    let connection = try Connection.open(address, until: now + .seconds(min(connectSeconds, deadlineSeconds)))
    connection.deadline = now + .seconds(deadlineSeconds)
    return connection
  }

  static let sizeLimitReply = Array("INSTREAM size limit exceeded. ERROR".utf8)

  /// The prefix of the names that clamd reports under `AlertExceedsMax`.
  ///
  /// Source: https://docs.clamav.net/manual/Usage/Configuration.html
  private static let limitPrefix = "Heuristics.Limits.Exceeded"

  static func verdict(_ reply: [UInt8]) throws(ScanError) -> ScanVerdict {
    if reply == Array("stream: OK".utf8) { return .clean }
    if reply == sizeLimitReply { throw .tooLarge }
    let prefix = Array("stream: ".utf8)
    let suffix = Array(" FOUND".utf8)
    guard reply.starts(with: prefix), reply.suffix(suffix.count) == suffix[...],
      reply.count > prefix.count + suffix.count
    else { throw .refused(detail: sanitized(reply, limit: 200)) }
    let name = sanitized(Array(reply.dropFirst(prefix.count).dropLast(suffix.count)), limit: 128)
    return name.hasPrefix(limitPrefix) ? .limitExceeded(name: name) : .infected(name: name)
  }

  private static func command(_ name: String) -> ArraySlice<UInt8> { Array("z\(name)\0".utf8)[...] }

  /// Returns up to `limit` of the bytes as text, with `_` in place of all characters except printable ASCII.
  static func sanitized(_ bytes: [UInt8], limit: Int) -> String {
    let printable = bytes.prefix(limit).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "_") }
    return String(decoding: printable, as: UTF8.self)
  }
}
