import ArgumentParser
import Assembly
import Core
import FastCGI
import Foundation
import Operations

struct SwapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swap",
    abstract: "Replaces a running process by another build, without losing a request.",
    discussion: """
      This command is for FastCGI processes without a supervisor; under systemd, use systemctl restart. It starts the new \
      process beside the old one and waits until the new one is ready. Then the new socket replaces the old one in one \
      step, and the old process ends after it has answered its requests. If the new process crashes, hangs or is not ready \
      in time, it is ended and the old one goes on. Ctrl-C before the replacement undoes everything. The new process \
      inherits this command's environment, including STOWAGE_CONFIG.

      Exit status: 0 replaced; 1 not replaced, and the text says why and what to do; 130 Ctrl-C stopped it.

      Examples:
        stowage swap files /usr/lib/stowage-1.3/files
        stowage swap image ./image --log /var/log/stowage/image.log --ready-seconds 60
      """
  )

  @Argument(help: "The process: \(ProcessName.handlers.map(\.rawValue).joined(separator: ", ")).", transform: known)
  var process: String

  @Argument(help: "The path of the new program.")
  var program: String

  @Option(help: "The file for the new process's standard error; without it, the old process's file.")
  var log: String?

  @Option(help: "Seconds that the new process has to become ready, 1 to 600.")
  var readySeconds = 20

  @Option(help: "Seconds to wait for the old process's end, 0 to 3600; it is never killed.")
  var drainSeconds = 90

  /// Refuses another name at once, also if the program is missing.
  private static func known(_ process: String) throws -> String {
    if let refusal = Swap.refusal(of: process) { throw ValidationError("\(refusal.text). \(refusal.advice)") }
    return process
  }

  func validate() throws {
    guard (1...600).contains(readySeconds) else { throw ValidationError("--ready-seconds: 1 to 600") }
    guard (0...3600).contains(drainSeconds) else { throw ValidationError("--drain-seconds: 0 to 3600") }
  }

  func run() throws {
    Signals.blockTermination()
    let app = Application.startCommand("stowage")
    let start = ContinuousClock.now
    let order = Swap.Order(
      process: process,
      program: URL(fileURLWithPath: program).path,
      environment: Configuration.inherited(from: ProcessInfo.processInfo.environment),
      socketDirectory: app.settings.endpoint.socketDirectory,
      log: log.map { URL(fileURLWithPath: $0).path },
      readySeconds: Double(readySeconds),
      drainSeconds: Double(drainSeconds)
    )
    let swap = Swap(
      order,
      report: { FileHandle.standardOutput.write(text: "\(time(since: start)) \($0)\n") },
      isCancelled: { Signals.isTerminationPending }
    )
    do throws(Swap.Failure) {
      try swap.run()
    } catch {
      let words = error.lastWords.map { "    \($0)\n" }.joined()
      let said = words.isEmpty ? "" : "It wrote last:\n\(words)"
      let outcome = "\(time(since: start)) stowage: not swapped: \(error.text)\n"
      FileHandle.standardError.write(text: "\(outcome)\(said)\(error.advice)\n")
      throw Signals.isTerminationPending ? ExitCode(SignalTrap.status) : .failure
    }
  }

  private func time(since start: ContinuousClock.Instant) -> String {
    let hundredths = Int((ContinuousClock.now - start) / .milliseconds(10))
    let text = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) s"
    return String(repeating: " ", count: max(0, 8 - text.count)) + text
  }
}
