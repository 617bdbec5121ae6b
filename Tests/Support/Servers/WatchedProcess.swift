internal import Foundation

/// A child process that ends with its owner: by `stop()`, with the object, or when the test process dies.
public final class WatchedProcess {
  private let shell = Process()
  private let lifeline: Int32
  private var isLetRun = false

  private static let script = #"""
    log=$0; rubbish=$1; shift
    "$@" >"$log" 2>&1 &
    child=$!
    read -r _
    kill -KILL $child
    [ -z "$rubbish" ] || { sleep 0.2; rm -rf "$rubbish"; }
    """#

  /// Starts `arguments` (the first one is a path) in `folder`, with standard output and error in `folder`/`log`.
  ///
  /// A shell runs in between: when the socket at its input closes, it kills the child and deletes `rubbish`.
  public init(_ arguments: [String], in folder: String, log: String, removing rubbish: String? = nil) throws {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw SetUpFailure("socketpair: \(errno)")
    }
    lifeline = ends[0]
    let input = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", Self.script, log, rubbish ?? ""] + arguments
    shell.currentDirectoryURL = URL(fileURLWithPath: folder)
    shell.standardInput = input
    do { try shell.run() } catch {
      close(lifeline)
      throw SetUpFailure("\(arguments[0]): \(error)")
    }
    try? input.close()
  }

  deinit {
    guard !isLetRun else { return }
    close(lifeline)
    shell.waitUntilExit()
  }

  /// Keeps the child running after the object is released, until the test process ends.
  public func letRun() { isLetRun = true }

  /// Kills the child and waits for its end.
  public func stop() {
    shutdown(lifeline, Int32(SHUT_RDWR))
    shell.waitUntilExit()
  }
}

/// Runs a command and waits for its end; its output is dropped.
func runToEnd(_ arguments: [String]) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = arguments
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else {
    throw SetUpFailure("\(arguments[0]): status \(process.terminationStatus)")
  }
}

/// Waits until `condition` is true; throws after `seconds`.
func wait(for what: String, seconds: Double, until condition: () -> Bool) throws {
  let end = Date(timeIntervalSinceNow: seconds)
  while !condition() {
    guard Date() < end else { throw SetUpFailure("\(what): not within \(seconds) s") }
    usleep(20_000)
  }
}
