public import Foundation
import Synchronization

/// A FastCGI process that answers as a test says, faults included: any number of requests at a time, a thread each.
public final class ScriptedFastCGI: Sendable {
  /// A request as the web server handed it over.
  public struct Request: Sendable {
    /// The FastCGI parameters.
    public let parameters: [String: String]
    /// A parameter; empty where it was not given.
    public subscript(name: String) -> String { parameters[name] ?? "" }
  }

  /// What is sent back.
  public struct Answer: Sendable {
    /// The header lines, each by its text; none is added.
    public var head: [String]
    /// What follows them.
    public var body: [UInt8]
    /// How long the first byte takes, in seconds.
    public var pause: TimeInterval
    /// Whether the connection is cut after the body, as by a process that dies.
    public var isCut: Bool

    /// An answer that is whole and at once, unless said otherwise.
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

  /// Answers on a socket at `path`, which every local user may write to, until `stop()`.
  public init(socket path: String, answer: @escaping @Sendable (Request) -> Answer) throws {
    listener = try UnixSocket.listener(at: path)
    self.answer = answer
    Thread.detachNewThread { [self] in acceptAll() }
  }

  deinit { close(listener) }

  /// What has arrived so far.
  public var requests: [Request] { log.withLock { $0 } }

  /// Takes no more connections; what is under way goes on.
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
