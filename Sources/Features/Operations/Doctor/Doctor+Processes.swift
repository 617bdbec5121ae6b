import Core
import FastCGI
import Foundation

extension Doctor {
  /// Checks if `process` is ready, by a request to its socket, which nginx uses too.
  func process(_ name: ProcessName) -> Finding {
    let process = name.rawValue
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

  /// Checks if a worker runs on this node and is ready.
  func worker() -> Finding {
    guard patient.isWorkerRunning() else {
      return .bad(
        "worker",
        "none runs on this node",
        "Start worker, unless others of your nodes do the work: uploads wait for it."
      )
    }
    return process(.worker)
  }

  private func judge(_ process: String, at path: String, _ answer: Client.Answer) -> Finding {
    switch answer.status {
    case 200:
      let version = Readiness(answer)?.version
      guard version == nil || version == Version.current else {
        return .warning(
          process,
          "is ready, at \(path), and runs version \(version ?? ""); this program is version \(Version.current)",
          "Run the same version of every program (`stowage swap --help`)."
        )
      }
      return .good(process, "is ready, at \(path)")
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

/// The readiness checks in a process's response to `/health/ready`.
struct Readiness: Decodable {
  let parts: [String: String]
  /// The process's version; nil for versions before 0.2.1, which do not say it.
  let version: String?

  /// Nil if the response has no such document.
  init?(_ answer: Client.Answer) {
    guard let read = try? JSONDecoder().decode(Readiness.self, from: Data(answer.body)) else { return nil }
    self = read
  }

  /// The failed readiness checks, each with its error.
  var missing: [String] { parts.filter { $0.value != "ok" }.map { "\($0.key): \($0.value)" }.sorted() }
}
