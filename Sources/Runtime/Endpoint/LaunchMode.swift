import Assembly
public import Core
import Foundation
import Glibc

/// The socket on which a started process listens.
enum LaunchMode {
  /// The process listens at its path, or on the socket that a supervisor passed.
  case serve
  /// The process listens beside the running one, until `stowage swap` moves its socket into place.
  case staged

  /// Reads the arguments; for `--help`, `--version` and unknown arguments it prints the answer and ends the process.
  init(of process: String) {
    let arguments = Array(CommandLine.arguments.dropFirst())
    LaunchAnswer(to: arguments, of: process, help: Self.help(process), accepting: ["--staged"])?.printAndExit()
    self = arguments.isEmpty ? .serve : .staged
  }

  /// The text for `--help`.
  static func help(_ process: String) -> String {
    let events = ProcessName(rawValue: process)?.kind == .eventHandler ? "events/" : ""
    return """
      \(process): a FastCGI process of Stowage.

      nginx reaches it at {STOWAGE_SOCKET_DIRECTORY}/\(process).sock; its routes are in nginx/handlers/\(events)\(process).conf.
      Settings come from the file that STOWAGE_CONFIG names and from the environment; conf/stowage.env explains each.
      SIGTERM ends the process after it has answered the requests that it has.

      Usage: \(process) [--staged]

        --staged   listens at {STOWAGE_SOCKET_DIRECTORY}/\(process).sock.{pid}.staged, beside the running process;
                   `stowage swap` starts a process this way and moves its socket into place once it is ready
        --version  prints the version
        --help     prints this help

      Example: STOWAGE_CONFIG=/etc/stowage/stowage.env \(process)
      """
  }
}

extension LaunchAnswer {
  /// Prints the text and ends the process; a complaint goes to standard error.
  public func printAndExit() -> Never {
    let stream = status == 0 ? FileHandle.standardOutput : .standardError
    exit(stream.write(text: "\(text)\n") ? status : EX_IOERR)
  }
}
