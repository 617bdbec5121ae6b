import Core
import FastCGI
import Foundation
import Glibc

/// Replaces the running FastCGI process by another build without losing a request.
///
/// The new process starts beside the old one (`--staged`). When the new process is ready, its socket replaces the old
/// socket in one atomic step. The old process then answers its remaining requests and ends.
public struct Swap {
  /// The process to swap, its new program, and time limits.
  public struct Order: Sendable {
    /// The name of the process, which is also the name of its socket.
    public var process: String
    /// The path of the new program.
    public var program: String
    /// The environment variables of the new program.
    public var environment: [String: String]
    /// The directory of the sockets.
    public var socketDirectory: String
    /// The log file for standard error of the new process; nil means the log file of the old process.
    public var log: String?
    /// The maximum time until the new process is ready, in seconds.
    public var readySeconds: Double
    /// The maximum time to wait for the end of the old process, in seconds.
    public var drainSeconds: Double

    /// An order with default time limits.
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

  /// The reason why nothing was swapped, in words.
  ///
  /// The old process continues unchanged.
  public struct Failure: Error {
    /// The observation.
    public let text: String
    /// The last lines that the new process wrote to its standard error.
    public let lastWords: [String]
    /// The remedy.
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

  /// A swap that calls `report` after each step.
  ///
  /// If `isCancelled` returns true before the socket is replaced, the swap undoes its steps.
  public init(_ order: Order, report: @escaping (String) -> Void, isCancelled: @escaping () -> Bool = { false }) {
    self.order = order
    self.report = report
    self.isCancelled = isCancelled
  }

  /// Runs the swap; returns when the old process has ended or the wait for it has timed out.
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

  /// Returns the reason why the process of this name cannot be swapped; nil if it can.
  public static func refusal(of process: String) -> Failure? {
    guard process != "worker" else {
      return Failure(
        "worker needs no swap",
        "Start the new worker, then end the old one with SIGTERM: jobs are held by leases, and none is lost."
      )
    }
    let names = ProcessName.handlers.map(\.rawValue)
    guard !names.contains(process) else { return nil }
    let nearest = Spelling.nearest(to: process, among: names).map { "Did you mean \($0)? " } ?? ""
    return Failure(
      "'\(Wording.printable(process))' is not a process that can be swapped",
      "\(nearest)These can be swapped: \(names.joined(separator: ", "))."
    )
  }

  private func checkOrder() throws(Failure) {
    if let refusal = Self.refusal(of: order.process) { throw refusal }
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
