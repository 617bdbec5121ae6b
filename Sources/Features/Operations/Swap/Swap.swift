import FastCGI
import Foundation
import Glibc

/// Puts another build of a FastCGI process in the place of the running one, without losing a request.
///
/// The new one is started beside the old one (`--staged`). Only when it says that it is ready does its socket take the
/// place of the old one's, in one step; then the old one answers what it has, and ends.
public struct Swap {
  /// What to swap, and how long to wait.
  public struct Order: Sendable {
    /// The process's name, as its socket is called.
    public var process: String
    /// The program that takes over, and its environment.
    public var program: String
    /// Everything the program finds in its environment.
    public var environment: [String: String]
    /// Where the sockets are.
    public var socketDirectory: String
    /// The file for its standard error; nil for the one that the old process writes to.
    public var log: String?
    /// How long the new one may take to be ready, in seconds.
    public var readySeconds: Double
    /// How long to wait for the old one's end, in seconds.
    public var drainSeconds: Double

    /// An order.
    public init(
      process: String,
      program: String,
      environment: [String: String],
      socketDirectory: String,
      log: String? = nil,
      readySeconds: Double = 20,
      drainSeconds: Double = 90
    ) {
      self.process = process
      self.program = program
      self.environment = environment
      self.socketDirectory = socketDirectory
      self.log = log
      self.readySeconds = readySeconds
      self.drainSeconds = drainSeconds
    }
  }

  /// Why nothing was swapped, in words; the old process goes on as before.
  public struct Failure: Error {
    /// What was seen.
    public let text: String
    /// What the new process wrote last to its standard error.
    public let lastWords: [String]
    /// What to do.
    public let advice: String

    init(_ text: String, _ advice: String, lastWords: [String] = []) {
      self.text = text
      self.advice = advice
      self.lastWords = lastWords
    }
  }

  let order: Order
  let report: (String) -> Void
  let isCancelled: () -> Bool

  var socket: String { "\(order.socketDirectory)/\(order.process).sock" }

  /// A swap that tells `report` each step as it is done, and undoes everything where `isCancelled` says so in time.
  public init(_ order: Order, report: @escaping (String) -> Void, isCancelled: @escaping () -> Bool = { false }) {
    self.order = order
    self.report = report
    self.isCancelled = isCancelled
  }

  /// Swaps; returns once the old process has ended, or was given up waiting for.
  public func run() throws(Failure) {
    try checkOrder()
    let lock = try lock()
    defer { withExtendedLifetime(lock) {} }
    let old = try predecessor()
    let log = try openLog(old)
    defer { close(log.descriptor) }
    let new = try start(log)
    do throws(Failure) {
      try awaitReady(new, log)
      try takePlace(new, from: old, log)
    } catch {
      new.stop()
      unlink(StagedSocket.path(beside: socket, process: new.pid))
      throw error
    }
    if let old { awaitEnd(of: old) }
  }

  private func checkOrder() throws(Failure) {
    guard order.process != "worker" else {
      throw Failure(
        "worker needs no swap",
        "Start the new worker, then end the old one with SIGTERM: jobs are held by leases, and none is lost."
      )
    }
    guard order.process.wholeMatch(of: /[a-z]{1,32}/) != nil else {
      throw Failure("'\(order.process)' names no process", "Say for example `stowage swap files ./files`.")
    }
    var status = stat()
    guard stat(order.program, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(order.program, X_OK) == 0
    else {
      throw Failure("\(order.program) is no program that may be run", "Check its path and its mode.")
    }
  }

  private func lock() throws(Failure) -> SwapLock {
    do throws(SwapLock.Errno) {
      return try SwapLock(order.process, in: order.socketDirectory)
    } catch {
      guard error.code == EWOULDBLOCK else {
        throw Failure(
          "the lock in \(order.socketDirectory): \(String(cString: strerror(error.code)))",
          "Run `stowage swap` as a user who may write there."
        )
      }
      throw Failure("\(order.process) is being swapped already", "Wait for the other swap to end, then try again.")
    }
  }

  private func openLog(_ old: RunningProcess?) throws(Failure) -> SwapLog {
    guard let path = order.log ?? old?.log else {
      throw Failure(
        "the log of \(order.process) is no file",
        "Say with --log where the new one shall write its standard error."
      )
    }
    guard let log = SwapLog(path) else {
      throw Failure("\(path): \(String(cString: strerror(errno)))", "Name another file with --log.")
    }
    return log
  }

  private func start(_ log: SwapLog) throws(Failure) -> DetachedProcess {
    let started = DetachedProcess(
      order.program,
      ["--staged"],
      environment: order.environment,
      errors: log.descriptor
    )
    guard let started else {
      throw Failure(
        "\(order.program): \(String(cString: strerror(errno)))",
        "Check that it was built for this machine."
      )
    }
    report("started \(order.program) as process \(started.pid); it writes to \(log.path)")
    return started
  }
}
