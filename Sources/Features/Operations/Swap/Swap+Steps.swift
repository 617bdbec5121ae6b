import Core
import FastCGI
import Foundation
import Glibc

extension Swap {
  private struct Life: Decodable { let pid: Int32 }

  /// Returns the running process; nil if only its socket file is left.
  func predecessor() throws(Failure) -> RunningProcess? {
    try checkPlace()
    let owner: Int32
    do throws(Client.Failure) {
      owner = try Client(socket: socket).listener()
    } catch {
      guard error == .unreachable(code: ECONNREFUSED) else { throw notThere(error) }
      report("nobody listens at \(socket): \(order.process) was killed")
      return nil
    }
    // If a supervisor such as systemd passed the socket, the process that made the socket is not the one that serves
    // it.
    guard owner > 1, try server(of: owner) == owner else {
      throw Failure(
        "\(order.process) got its socket from process \(owner), which will start its successor",
        "Replace the program's file and let the supervisor restart it, with systemd: systemctl restart. What comes "
          + "meanwhile waits in the socket's queue."
      )
    }
    guard let old = RunningProcess(owner) else {
      throw Failure("process \(owner), which made \(socket), has gone", "Try again.")
    }
    guard old.mayBeEnded else {
      throw Failure("this user may not end process \(owner)", "Run `stowage swap` as the user of \(order.process).")
    }
    report("\(order.process) is process \(owner), at \(socket)")
    return old
  }

  /// Returns the identifier of the process that answers at the socket, as `/health/live` reports it.
  ///
  /// Returns `owner`, the process that listens there, in two cases: the response has no identifier, as in old builds; or
  /// no response comes, and `owner` runs the program that is to be swapped.
  private func server(of owner: Int32) throws(Failure) -> Int32 {
    do throws(Client.Failure) {
      let body = try Client(socket: socket).get("/health/live").body
      return (try? JSONDecoder().decode(Life.self, from: Data(body)))?.pid ?? owner
    } catch {
      if RunningProcess(owner)?.program == order.process { return owner }
      throw Failure(
        "process \(owner) listens at \(socket), and does not answer: \(error)",
        "It may hang, or be no process of Stowage, so it is left alone. End it yourself, then swap again."
      )
    }
  }

  /// Throws if the socket's path is not a socket.
  ///
  /// A rename would replace a symbolic link, but nginx would keep using the link's target.
  private func checkPlace() throws(Failure) {
    var status = stat()
    guard lstat(socket, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK else { return }
    throw Failure(
      "\(socket) is no socket",
      "Let STOWAGE_SOCKET_DIRECTORY name the folder where the socket itself is, which nginx reads."
    )
  }

  private func notThere(_ error: Client.Failure) -> Failure {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: order.socketDirectory)) ?? []
    let processes = ProcessName.handlers.map(\.rawValue).filter { names.contains("\($0).sock") }
    return Failure(
      "\(socket): \(error)",
      "\(order.process) does not run here: start it as usual. "
        + (processes.isEmpty
          ? "No process has its socket there." : "Sockets are there of \(processes.joined(separator: ", ")).")
    )
  }

  /// Waits until the new process reports that it is ready.
  func awaitReady(_ new: DetachedProcess, _ log: SwapLog) throws(Failure) {
    let staged = StagedSocket.path(beside: socket, process: new.pid)
    let deadline = ContinuousClock.now + .seconds(order.readySeconds)
    var seen = "it never listened at \(staged)"
    while true {
      if isCancelled() { throw Failure("interrupted", "Nothing was changed.") }
      if let end = new.outcome() { throw early(end, log) }
      if let other = otherName(of: new) {
        throw Failure(
          "\(order.program) is \(other), not \(order.process)",
          "Name the right program. It was ended, and took no request."
        )
      }
      if access(staged, F_OK) == 0 {
        do throws(Client.Failure) {
          let answer = try Client(socket: staged).get("/health/ready", within: .seconds(3))
          if answer.status == 200 { break }
          let missing = Readiness(answer)?.missing.joined(separator: "; ") ?? ""
          seen = "it is not ready: \(missing.isEmpty ? "status \(answer.status)" : missing)"
        } catch {
          seen = "asked for its health: \(error)"
        }
      }
      guard ContinuousClock.now < deadline else {
        throw Failure(
          "not ready after \(order.readySeconds.formatted()) s: \(seen)",
          "Mend what it names, or give it longer with --ready-seconds. It was ended, and took no request.",
          lastWords: log.lastWords()
        )
      }
      usleep(20_000)
    }
    report("it is ready")
  }

  /// Returns the name of the new process's staged socket if it differs from the ordered process.
  private func otherName(of new: DetachedProcess) -> String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: order.socketDirectory)) ?? []
    let end = ".sock.\(new.pid).staged"
    return names.first { $0.hasSuffix(end) }.map { String($0.dropLast(end.count)) }.flatMap {
      $0 == order.process ? nil : $0
    }
  }

  private func early(_ end: String, _ log: SwapLog) -> Failure {
    Failure(
      "it \(end) before it was ready",
      end.hasSuffix(" 64")
        ? "It does not know --staged: it is older than `stowage swap`, or no process of Stowage."
        : "See what it wrote, and start it by hand to try. It took no request.",
      lastWords: log.lastWords()
    )
  }

  /// Renames the staged socket to the socket; restores the old socket if the new process does not answer there.
  func takePlace(_ new: DetachedProcess, from old: RunningProcess?, _ log: SwapLog) throws(Failure) {
    let owner = try? Client(socket: socket).listener()
    guard owner == old?.pid else {
      throw Failure("another process took \(socket) meanwhile", "Wait for the other swap to end, then try again.")
    }
    if isCancelled() { throw Failure("interrupted", "Nothing was changed.") }
    let staged = StagedSocket.path(beside: socket, process: new.pid)
    let kept = staged + ".old"
    do throws(ListenError) {
      try StagedSocket.put(staged, over: socket, keepingOld: kept)
    } catch {
      throw Failure("\(socket): \(error)", "Run `stowage swap` as a user who may write there.")
    }
    let answer = try? Client(socket: socket).get("/health/live")
    guard answer?.listener == new.pid, new.outcome() == nil else {
      rename(kept, socket)
      // A crashed process closes its socket before its end is visible.
      for _ in 0..<50 where new.outcome() == nil { usleep(10_000) }
      throw Failure(
        "it \(new.outcome() ?? "did not answer") just after it had taken the place; the old one has it back",
        "See what it wrote. Requests of that moment may have failed.",
        lastWords: log.lastWords()
      )
    }
    unlink(kept)
    report("process \(new.pid) has the place: every new request is its own")
  }

  /// Ends the old process, and waits until it has answered its remaining requests.
  func awaitEnd(of old: RunningProcess) {
    old.end()
    let deadline = ContinuousClock.now + .seconds(order.drainSeconds)
    while old.isRunning {
      guard ContinuousClock.now < deadline, !isCancelled() else {
        report("process \(old.pid) still answers what it has; it ends by itself then, and is left alone")
        return
      }
      usleep(20_000)
    }
    report("process \(old.pid) answered what it had, and ended")
  }
}
