public import Foundation
import Synchronization

/// A FastCGI process with scripted responses, faults included.
///
/// It serves any number of requests at once, each on a thread.
public final class ScriptedFastCGI: Sendable {
  /// A request as the web server sent it.
  public struct Request: Sendable {
    /// The FastCGI parameters.
    public let parameters: [String: String]
    /// Returns a parameter; empty if it is missing.
    public subscript(name: String) -> String { parameters[name] ?? "" }
  }

  /// A scripted response.
  public struct Answer: Sendable {
    /// The header lines; none is added.
    public var head: [String]
    /// The body.
    public var body: [UInt8]
    /// The delay before the first byte, in seconds.
    public var pause: TimeInterval
    /// True if the connection is cut after the body, as by a process that dies.
    public var isCut: Bool

    /// A complete, immediate response by default.
    public init(_ head: [String], _ body: String = "", pause: TimeInterval = 0, isCut: Bool = false) {
      self.head = head
      self.body = Array(body.utf8)
      self.pause = pause
      self.isCut = isCut
    }
  }

  private let listener: Int32
  private let answer: @Sendable (Request) -> Answer
  private let log = Mutex<[Request]>([])

  /// Serves a socket at `path`, which every local user may write to, until `stop()`.
  public init(socket path: String, answer: @escaping @Sendable (Request) -> Answer) throws {
    listener = try UnixSocket.listener(at: path)
    self.answer = answer
    Thread.detachNewThread { [self] in acceptAll() }
  }

  deinit { close(listener) }

  /// The requests that have arrived so far.
  public var requests: [Request] { log.withLock { $0 } }

  /// Accepts no more connections; open ones continue.
  public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func acceptAll() {
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { return }
      Thread.detachNewThread { [self] in
        serve(connection)
        close(connection)
      }
    }
  }

  private func serve(_ connection: Int32) {
    var parameters: [UInt8] = []
    while let record = FastCGIRecords.read(from: connection) {
      if case .parameters = record.kind { parameters += record.content }
      if case .input = record.kind, record.content.isEmpty { break }
    }
    let request = Request(parameters: FastCGIRecords.decode(parameters: parameters))
    log.withLock { $0.append(request) }
    let answer = answer(request)
    if answer.pause > 0 { Thread.sleep(forTimeInterval: answer.pause) }
    let head = answer.head.map { $0 + "\r\n" }.joined() + "\r\n"
    _ = FastCGIRecords.write(FastCGIRecords.encode(.output, Array(head.utf8) + answer.body), to: connection)
    guard !answer.isCut else { return }
    let end = FastCGIRecords.encode(.output) + FastCGIRecords.encode(.end, Array(repeating: 0, count: 8))
    _ = FastCGIRecords.write(end, to: connection)
  }
}
