public import Assembly
public import Core
import FastCGI
import Foundation
import Logging
import Synchronization

/// Serves health and metrics for a process that is not a FastCGI process, such as the worker.
///
/// Each process listens at `{directory}/{process}.{pid}.sock`, because a node may run several. The shared name
/// `{directory}/{process}.sock` leads to the process that started last, or to another one after that process ended.
public final class MonitorServer {
  /// The interval in seconds at which a process checks whether the shared name has no owner.
  private static let nameSeconds = 2

  private let server: Server
  private let socket: String
  private let name: SharedName
  private let timer: any DispatchSourceTimer
  private let isOver = DispatchSemaphore(value: 0)

  /// Starts to serve health and metrics of `process` with its readiness checks.
  ///
  /// The caller must have blocked the signals that stop the process; no thread of the server handles signals.
  public init(_ app: Application, process: String, checks: [ReadinessCheck]) throws(StorageError) {
    let endpoint = app.settings.endpoint
    let base = "\(endpoint.socketDirectory)/\(process)"
    socket = "\(base).\(getpid()).sock"
    Self.removeDead(process, in: endpoint.socketDirectory)
    var settings = Server.Settings()
    settings.threads = 2
    settings.requestDeadline = .seconds(10)
    settings.endsOnSignals = false
    let monitor = Monitor(app, process: process, checks: checks)
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

  /// Gives up the shared name, answers the requests that have arrived, and stops.
  public func stop() {
    timer.cancel()
    name.withdraw()
    server.stop()
    isOver.wait()
  }

  /// Starts the server on another thread and returns once it accepts connections.
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

  /// Deletes the sockets of processes that were killed.
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

/// The result of a start on another thread.
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
