import Foundation
import TestSupport

/// A worker of the stack that a test starts, hurts and ends by its process identifier.
final class WorkerProcess {
  let id: pid_t
  private let folder: ScratchFolder
  private let watched: WatchedProcess

  /// Starts it with the stack's configuration, over which `environment` goes; its log is the stack's `fire.log`.
  init(_ stack: Stack, environment: [String: String] = [:]) throws {
    folder = try ScratchFolder()
    let log = stack.folder.appending(path: "logs/fire.log").path
    let settings = environment.map { "\($0.key)=\($0.value)" }
    watched = try WatchedProcess(
      ["/bin/sh", "-c", #"echo $$ >id.new; mv id.new id; log=$0; exec env "$@" worker >>"$log" 2>&1"#, log] + settings,
      in: folder.path,
      log: folder.file("shell.log")
    )
    let file = folder.file("id")
    try until("a worker's identifier", within: 10) { FileManager.default.fileExists(atPath: file) }
    let text = try String(contentsOfFile: file, encoding: .utf8)
    guard let number = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else { throw Unexpected(text) }
    id = number
  }

  /// Kills it, and returns once nothing of it runs any more.
  func kill() throws {
    Glibc.kill(id, SIGKILL)
    try until("the end of a killed worker", within: 10) { [.none, "Z", "X"].contains(state) }
    watched.stop()
  }

  /// Stops it where it is, and returns once it stands.
  func pause() throws {
    Glibc.kill(id, SIGSTOP)
    try until("a stopped worker", within: 10) { state == "T" }
  }

  func goOn() { Glibc.kill(id, SIGCONT) }

  /// The letter that the kernel has for what it does; nil where it is gone.
  ///
  /// Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  private var state: Character? {
    let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
    return stat?.split(separator: ")").last?.first { $0 != " " }
  }
}
