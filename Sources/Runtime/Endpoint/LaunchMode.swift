import Foundation

/// How a process was started.
enum LaunchMode {
  /// On the process's own socket, or on the one that a supervisor passed.
  case serve
  /// Beside the socket of the running one, until somebody puts it in place.
  case staged

  /// Reads the arguments; nil where the process only had to say what it is, 64 (sysexits.h) where it knows none of them.
  init?(of process: String) {
    switch Array(CommandLine.arguments.dropFirst()) {
    case []: self = .serve
    case ["--staged"]: self = .staged
    case let arguments:
      print(
        """
        \(process): a FastCGI process of Stowage. Its settings come from the file that STOWAGE_CONFIG names, and from the
        environment (conf/stowage.env explains each). nginx reaches it at {STOWAGE_SOCKET_DIRECTORY}/\(process).sock, as
        nginx/handlers/\(process).conf says. SIGTERM ends it without losing a request.

          --staged   listens at {STOWAGE_SOCKET_DIRECTORY}/\(process).sock.{pid}.staged and leaves the running one its place;
                     `stowage swap` starts it so, and puts it in place once it is ready

        Example: STOWAGE_CONFIG=/etc/stowage/stowage.env \(process)
        """
      )
      if arguments.first != "--help" { exit(64) }
      return nil
    }
  }
}
