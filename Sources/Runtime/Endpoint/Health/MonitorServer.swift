public import Assembly
public import Core
import FastCGI
import Foundation
import Logging
import Synchronization

/// Lets a process that is no FastCGI process answer for its health and its metrics.
///
/// It listens at `{directory}/{process}.{pid}.sock`, since several may run on a node, and has the name
/// `{directory}/{process}.sock` as the last one started, or as one that outlived it.
public final class MonitorServer {
  /// How often it is seen whether the name is vacant, in seconds.
  private static let nameSeconds = 2

  private let server: Server
  private let socket: String
  private let name: SharedName
  private let timer: any DispatchSourceTimer
  private let isOver = DispatchSemaphore(value: 0)

  /// Answers, from now on, for `process`, which needs these parts.
  ///
  /// The caller has blocked the signals that end it: no thread of this takes them.
  public init(_ app: Application, process: String, checks: [ReadinessCheck]) throws(StorageError) {
    let endpoint = app.settings.endpoint
    let base = "\(endpoint.socketDirectory)/\(process)"
    socket = "\(base).\(getpid()).sock"
    Self.removeDead(process, in: endpoint.socketDirectory)
    var settings = Server.Settings()
    settings.threads = 2
    settings.requestDeadline = .seconds(10)
    settings.endsOnSignals = false
    let monitor = Monitor(app, process: process, parts: parts)
    let log = app.log
    let server = Server(
      listener: .path(socket, mode: endpoint.socketMode),
      settings: settings,
      report: { log.warning("connection", metadata: ["detail": .string($0)]) }
    )
    self.server = server
    monitor.watch(server.statistics, threads: settings.threads)
    try Self.start(server, monitor, isOver)
    let path = socket
    name = try StorageError.reaching("\(base).sock") { () throws(ListenError) in
      try SharedName("\(base).sock", for: path)
    }
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "monitor"))
    timer.setEventHandler { [name] in try? name.claimIfVacant() }
    timer.schedule(deadline: .now() + .seconds(Self.nameSeconds), repeating: .seconds(Self.nameSeconds))
    timer.activate()
  }

  /// Gives the name up, answers what has come, and ends.
  public func stop() {
    timer.cancel()
    name.withdraw()
    server.stop()
    isOver.wait()
  }

  /// Returns once connections are taken.
  private static func start(_ server: Server, _ monitor: Monitor, _ isOver: DispatchSemaphore) throws(StorageError) {
    let outcome = Outcome()
    Thread.detachNewThread {
      do throws(ListenError) {
        try server.run(ready: { outcome.settle(nil) }) { monitor.answer($0) ?? Response(status: 404) }
      } catch {
        outcome.settle(error)
      }
      isOver.signal()
    }
    if let error = outcome.wait() { throw .unavailable(detail: "health and metrics: \(error)") }
  }

  /// Sockets of processes that were killed.
  private static func removeDead(_ process: String, in directory: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    for name in names where name.hasPrefix("\(process).") && name.hasSuffix(".sock") {
      let digits = name.dropFirst(process.count + 1).dropLast(5)
      guard !digits.isEmpty, digits.allSatisfy(\.isNumber) else { continue }
      let path = "\(directory)/\(name)"
      do throws(Client.Failure) {
        _ = try Client(socket: path).listener()
      } catch {
        if error == .unreachable(code: ECONNREFUSED) { unlink(path) }
      }
    }
  }
}

/// How the start of something on another thread went.
private final class Outcome: Sendable {
  private let isSettled = DispatchSemaphore(value: 0)
  private let error = Mutex<ListenError?>(nil)

  func settle(_ error: ListenError?) {
    self.error.withLock { $0 = error }
    isSettled.signal()
  }

  func wait() -> ListenError? {
    isSettled.wait()
    return error.withLock { $0 }
  }
}
