internal import CFork
internal import Core
internal import Glibc
internal import Synchronization

/// The decoder process that forks a child for each file.
final class ForkServer: Sendable {
  /// The maximum time that the process may take to load its libraries, in seconds.
  private static let startSeconds = 20
  /// The maximum time of a fork, in seconds.
  private static let forkSeconds = 5

  private enum State { case starting, ready, broken }

  private let executable: String
  private let process: ChildProcess
  /// One thread at a time speaks with the process.
  private let state = Mutex(State.starting)

  /// Starts `executable`; a failure to load its libraries shows when the first child is forked.
  init(executable: String, arguments: [String]) throws(DecodeError) {
    self.executable = executable
    process = try ChildProcess(executable: executable, arguments: arguments)
  }

  var pid: pid_t { process.pid }

  /// Forks a child, which speaks first.
  ///
  /// After an error the process forks no more, because a late answer would name the wrong child.
  func fork() throws(DecodeError) -> ChildProcess {
    try ChildProcess { (socket) throws(DecodeError) in
      try state.withLock { (state) throws(DecodeError) in
        do throws(DecodeError) {
          switch state {
          case .starting: try awaitReady()
          case .ready: break
          case .broken: throw .unavailable(detail: "it has ended")
          }
          let child = try fork(with: socket)
          state = .ready
          return child
        } catch {
          state = .broken
          throw .unavailable(detail: "\(executable) does not start: \(error)")
        }
      }
    }
  }

  private func awaitReady() throws(DecodeError) {
    let conversation = Conversation(process, seconds: Self.startSeconds)
    guard try conversation.receive(atMost: DecoderProtocol.maximumMessageBytes) == DecoderProtocol.ready else {
      throw .broken(detail: "it violates the decoder protocol")
    }
  }

  private func fork(with socket: Int32) throws(DecodeError) -> pid_t {
    let code = send_descriptor(process.descriptor, socket)
    guard code == 0 else { throw .broken(detail: "\\(systemError(code)); \\(process.lastWords())") }
    let answer = try Conversation(process, seconds: Self.forkSeconds).receive(atMost: 4)
    let child = pid_t(truncatingIfNeeded: DecoderProtocol.length(prefix: answer))
    guard answer.count == 4, child > 1 else { throw .broken(detail: "it cannot fork") }
    return child
  }
}
