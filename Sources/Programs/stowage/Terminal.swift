import ArgumentParser
import Assembly
import Core
import Dispatch
import Foundation
import Glibc
import Synchronization

/// The terminal of the commands: its width, messages and confirmations.
enum Terminal {
  /// The number of columns of standard output; 160 if it is not a terminal.
  static var width: Int {
    var size = winsize()
    guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 160
    }
    return Int(size.ws_col)
  }

  /// True if standard input is a terminal, so that the user can confirm.
  static var canAsk: Bool { isatty(STDIN_FILENO) == 1 }

  /// Says `text` on standard error, behind all that was printed, and in the place of a progress line.
  static func complain(_ text: String) {
    StandardOutput.flush()
    let start = isatty(STDERR_FILENO) == 1 ? "\r\u{1B}[K" : ""
    FileHandle.standardError.write(text: "\(start)stowage: \(text)\n")
  }

  /// The command as it was given, in a form that a shell takes.
  static var command: String { CommandLine.arguments.map(quoted).joined(separator: " ") }

  /// Returns `word` in quotes if a shell would take it apart or change it.
  static func quoted(_ word: String) -> String {
    let isPlain = word.wholeMatch(of: /[A-Za-z0-9_.,:\/@%+=-]+/) != nil
    return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }

  /// Says that a signal has stopped the command, and how to go on; returns the exit status.
  static func stopped(_ done: String) -> ExitCode {
    complain("stopped; \(done)\nTo go on: \(Wording.printable(command))")
    return ExitCode(SignalTrap.status)
  }

  /// Asks on standard error; only `y` and `yes` mean yes.
  static func confirms(_ question: String) -> Bool { ["y", "yes"].contains(answer("\(question) [y/N]").lowercased()) }

  /// Asks on standard error, and returns the answer without white space at its ends.
  ///
  /// Ctrl-C during the question ends the process, also while a `SignalTrap` exists.
  static func answer(_ question: String) -> String {
    let handler = signal(SIGINT, SIG_DFL)
    defer { signal(SIGINT, handler) }
    FileHandle.standardError.write(text: "\(question) ")
    return (readLine() ?? "").trimmingCharacters(in: .whitespaces)
  }
}

/// A progress line of a long task on standard error; hidden if that is not a terminal.
final class Progress {
  private let isShown = isatty(STDERR_FILENO) == 1
  private var last = ContinuousClock.now
  private var isOnScreen = false

  /// Replaces the line, at most ten times a second.
  func show(_ text: @autoclosure () -> String) {
    guard isShown, ContinuousClock.now - last > .milliseconds(100) else { return }
    last = .now
    isOnScreen = true
    write("\r\u{1B}[K\(text())")
  }

  /// Removes the line before other output.
  func clear() {
    guard isOnScreen else { return }
    isOnScreen = false
    write("\r\u{1B}[K")
  }

  private func write(_ text: String) { FileHandle.standardError.write(text: text) }
}

/// Catches SIGINT and SIGTERM, so that a long task stops between two steps; a second signal ends the process.
final class SignalTrap {
  /// The exit status of an interrupted command: 128 + SIGINT, the convention of shells.
  static let status: Int32 = 130

  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  private let flag = Flag()
  private let sources: [any DispatchSourceSignal]

  /// Starts to catch the signals.
  init() {
    sources = [SIGINT, SIGTERM, SIGHUP].map { [flag] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "signals"))
      source.setEventHandler {
        signal(number, SIG_DFL)
        flag.isSet.store(true, ordering: .relaxed)
        Terminal.complain("stopping after what is under way; once more stops at once")
      }
      source.resume()
      return source
    }
  }

  /// True once a signal has arrived.
  var isTriggered: Bool { test() }

  /// Returns true once a signal has arrived; any thread may call it.
  var test: @Sendable () -> Bool { { [flag] in flag.isSet.load(ordering: .relaxed) } }
}
