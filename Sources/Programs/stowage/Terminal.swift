import Core
import Dispatch
import Foundation
import Glibc
import Synchronization

/// What the commands say besides their result, and how they hear that they shall stop.
enum Terminal {
  /// The columns of standard output; 160 where it is no terminal.
  static var width: Int {
    var size = winsize()
    guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 160
    }
    return Int(size.ws_col)
  }

  /// Whether the user can be asked.
  static var canAsk: Bool { isatty(STDIN_FILENO) == 1 }

  /// Says `text` on standard error.
  static func complain(_ text: String) { FileHandle.standardError.write(Data("stowage: \(text)\n".utf8)) }

  /// Asks on standard error; only `y` and `yes` mean yes.
  ///
  /// Ctrl-C meanwhile ends the process, whoever listens for it.
  static func confirms(_ question: String) -> Bool {
    let handler = signal(SIGINT, SIG_DFL)
    defer { signal(SIGINT, handler) }
    FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
    return ["y", "yes"].contains((readLine() ?? "").trimmingCharacters(in: .whitespaces).lowercased())
  }
}

/// One line on standard error that says how far long work has come; nothing where that is no terminal.
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

  /// Takes the line away, so that something else may be printed.
  func clear() {
    guard isOnScreen else { return }
    isOnScreen = false
    write("\r\u{1B}[K")
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Hears SIGINT and SIGTERM, so that long work ends between two steps; a second one ends the process at once.
final class SignalTrap {
  /// The exit status of a command that was interrupted: 128 and SIGINT, as shells have it.
  static let status: Int32 = 130

  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  private let flag = Flag()
  private let sources: [any DispatchSourceSignal]

  /// Listens from now on.
  init() {
    sources = [SIGINT, SIGTERM].map { [flag] number in
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

  /// Whether to stop.
  var isTriggered: Bool { flag.isSet.load(ordering: .relaxed) }
}
