import ArgumentParser
import Assembly
import Core
import FastCGI
import Foundation
import Operations

struct SwapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swap",
    abstract: "Puts another build of a process in the place of the running one, without losing a request.",
    discussion: """
      For a FastCGI process without a supervisor; under systemd, restart it there. The new one is started beside the old \
      one and asked whether it is ready. Only then does its socket take the old one's place, in one step; the old one \
      answers what it has, and ends. A build that crashes, hangs or is not ready is ended again and takes no request. \
      Ctrl-C before the place was taken undoes everything. The new one has this command's environment, STOWAGE_CONFIG \
      included.

      Exit status 1 if nothing was swapped; the text says why, and what to do. 130 after Ctrl-C.

      Examples:
        stowage swap files /usr/lib/stowage-1.3/files
        stowage swap image ./image --log /var/log/stowage/image.log --ready-seconds 60
      """
  )

  @Argument(help: "The process: presign, webhook, image, files, authorize.")
  var process: String

  @Argument(help: "The program that takes over.")
  var program: String

  @Option(help: "The file for its standard error (default: the one that the old process writes to).")
  var log: String?

  @Option(help: "How long it may take to be ready, in seconds, 1 to 600.")
  var readySeconds = 20

  @Option(help: "How long to wait for the old one's end, in seconds, 0 to 3600; it is never killed.")
  var drainSeconds = 90

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
      report: { FileHandle.standardOutput.write(Data("\(time(since: start)) \($0)\n".utf8)) },
      isCancelled: { Signals.isTerminationPending }
    )
    do throws(Swap.Failure) {
      try swap.run()
    } catch {
      let words = error.lastWords.map { "    \($0)\n" }.joined()
      let said = words.isEmpty ? "" : "It wrote last:\n\(words)"
      FileHandle.standardError.write(
        Data("\(time(since: start)) stowage: not swapped: \(error.text)\n\(said)\(error.advice)\n".utf8)
      )
      throw Signals.isTerminationPending ? ExitCode(SignalTrap.status) : .failure
    }
  }

  private func time(since start: ContinuousClock.Instant) -> String {
    let hundredths = Int((ContinuousClock.now - start) / .milliseconds(10))
    let text = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) s"
    return String(repeating: " ", count: max(0, 8 - text.count)) + text
  }
}
