import Foundation

/// The few words that a process says of itself when asked.
enum Usage {
  /// Prints them and says true where the process was started with `--help`, or with anything it does not know.
  static func isAsked(of process: String) -> Bool {
    let arguments = CommandLine.arguments.dropFirst()
    guard let first = arguments.first else { return false }
    print(
      """
      \(process): a FastCGI process of Stowage. It takes no arguments; its settings come from the file that
      STOWAGE_CONFIG names, and from the environment (conf/stowage.env explains each). nginx reaches it at
      {STOWAGE_SOCKET_DIRECTORY}/\(process).sock, as nginx/handlers/\(process).conf says. SIGTERM ends it without
      losing a request.

      Example: STOWAGE_CONFIG=/etc/stowage/stowage.env \(process)
      """
    )
    if first != "--help" { exit(64) }
    return true
  }
}
