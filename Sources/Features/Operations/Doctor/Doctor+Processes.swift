import Core
import FastCGI
import Foundation

extension Doctor {
  /// Whether `process` is ready, by its own word on the socket where nginx looks for it.
  func process(_ process: String) -> Finding {
    let path = "\(patient.settings.endpoint.socketDirectory)/\(process).sock"
    do throws(Client.Failure) {
      return judge(process, at: path, try Client(socket: path).get("/health/ready"))
    } catch {
      let advice =
        switch error {
        case .pathTooLong: "Shorten STOWAGE_SOCKET_DIRECTORY."
        case .unreachable: "Start \(process); `stowage doctor` must run as a user who may connect."
        case .timedOut: "It hangs, or every thread of it is busy: look into its log, and start it again."
        case .tooLong, .broken: "Something else listens there: start \(process), which takes the place."
        }
      return .bad(process, "\(path): \(error)", advice)
    }
  }

  /// Whether a worker runs on this node, and is ready.
  func worker() -> Finding {
    guard patient.isWorkerRunning() else {
      return .bad(
        "worker",
        "none runs on this node",
        "Start worker, unless others of your nodes do the work: uploads wait for it."
      )
    }
    return process("worker")
  }

  private func judge(_ process: String, at path: String, _ answer: Client.Answer) -> Finding {
    switch answer.status {
    case 200: return .good(process, "is ready, at \(path)")
    case 503:
      let missing = Readiness(answer)?.missing ?? []
      return .bad(
        process,
        "is not ready: \(missing.isEmpty ? "it does not say why" : missing.joined(separator: "; "))",
        "Mend what it names; it needs no restart then."
      )
    default:
      return .warning(
        process,
        "\(path) answers \(answer.status) when asked for its health",
        "It is older than this program: replace it (`stowage swap --help`)."
      )
    }
  }
}

/// What a process says of the parts it needs.
struct Readiness: Decodable {
  let parts: [String: String]

  /// Nil where the answer is no such document.
  init?(_ answer: Client.Answer) {
    guard let read = try? JSONDecoder().decode(Readiness.self, from: Data(answer.body)) else { return nil }
    self = read
  }

  /// The parts that do not answer, each with why.
  var missing: [String] { parts.filter { $0.value != "ok" }.map { "\($0.key): \($0.value)" }.sorted() }
}
