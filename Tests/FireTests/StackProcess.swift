import Foundation
import TestSupport

/// A further process of the stack, which a test starts, pauses and kills by process identifier.
///
/// A FastCGI process takes over the socket of the stack's own process, unless `STOWAGE_SOCKET_DIRECTORY` names another
/// folder.
final class StackProcess {
  let id: pid_t
  private let folder: ScratchFolder
  private let watched: WatchedProcess

  /// Starts the process with the stack's configuration, overridden by `environment`; its log is the stack's `fire.log`.
  init(_ program: String, of stack: Stack, environment: [String: String] = [:]) throws {
    folder = try ScratchFolder()
    let log = stack.folder.appending(path: "logs/fire.log").path
    let settings = environment.map { "\($0.key)=\($0.value)" }
    watched = try WatchedProcess(
      ["/bin/sh", "-c", #"echo $$ >id.new; mv id.new id; log=$0; exec env "$@" >>"$log" 2>&1"#, log] + settings + [
        program
      ],
      in: folder.path,
      log: folder.file("shell.log")
    )
    let file = folder.file("id")
    try until("the identifier of \(program)", within: 60) { FileManager.default.fileExists(atPath: file) }
    let text = try String(contentsOfFile: file, encoding: .utf8)
    guard let number = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else { throw Unexpected(text) }
    id = number
  }

  /// Kills the process, and returns once it has ended.
  func kill() throws {
    Glibc.kill(id, SIGKILL)
    try until("the end of a killed process", within: 60) { [.none, "Z", "X"].contains(state) }
    watched.stop()
  }

  /// Pauses the process, and returns once it has stopped.
  func pause() throws {
    Glibc.kill(id, SIGSTOP)
    try until("a stopped process", within: 60) { state == "T" }
  }

  func goOn() { Glibc.kill(id, SIGCONT) }

  /// The kernel's letter for the state of the process; nil if the process has ended.
  ///
  /// Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  private var state: Character? {
    let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
    return stat?.split(separator: ")").last?.first { $0 != " " }
  }
}
