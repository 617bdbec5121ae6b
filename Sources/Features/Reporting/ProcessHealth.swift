public import Core
import FastCGI
import Foundation
import Synchronization

/// The readiness of the processes of this node, as each says it on its socket.
public struct ProcessHealth: Sendable {
  /// The answer of one process.
  public struct Answer: Hashable, Sendable, Encodable {
    /// A dependency of the process.
    public struct Part: Hashable, Sendable, Encodable {
      /// The name of the dependency.
      public let name: String
      /// `ok`, or what is wrong.
      public let state: String
    }

    /// The name of the process, or `worker.{pid}` for one worker among several.
    public let process: String
    /// True if the process and everything that it needs are available.
    public let isReady: Bool
    /// The version that runs; nil if the process did not say it.
    public let version: String?
    /// The dependencies, by name.
    public let parts: [Part]
    /// Why there is no answer; nil if there is one.
    public let failure: String?
  }

  /// The time for which one process may take, and so all of them together: they are asked at once.
  private static let patience = Duration.milliseconds(2500)
  /// The maximum number of workers that are asked.
  private static let maximumWorkers = 32
  /// The maximum length of an answer, in bytes.
  private static let maximumBytes = 64 << 10

  private let directory: String
  private let answering: ProcessName

  /// Asks the sockets in `directory`; `answering` is the process that asks, which is not asked itself.
  public init(directory: String, answering: ProcessName) {
    self.directory = directory
    self.answering = answering
  }

  /// Returns the answers of all processes, in the order of `ProcessName`.
  public func ask() -> [Answer] {
    let names = ProcessName.handlers.map(\.rawValue) + workers()
    let answers = Mutex<[Answer?]>(Array(repeating: nil, count: names.count))
    DispatchQueue.concurrentPerform(iterations: names.count) { index in
      let answer = ask(names[index])
      answers.withLock { $0[index] = answer }
    }
    return answers.withLock { $0.compactMap(\.self) }
  }

  /// The workers that have a socket, or the shared name if there is none.
  private func workers() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    let workers = names.filter { $0.wholeMatch(of: /worker\.[0-9]{1,10}\.sock/) != nil }.map { String($0.dropLast(5)) }
    return workers.isEmpty ? [ProcessName.worker.rawValue] : Array(workers.sorted().prefix(Self.maximumWorkers))
  }

  private func ask(_ name: String) -> Answer {
    guard name != answering.rawValue else {
      return Answer(process: name, isReady: true, version: Version.current, parts: [], failure: nil)
    }
    do throws(Client.Failure) {
      let client = Client(socket: "\(directory)/\(name).sock")
      let answer = try client.get("/health/ready", within: Self.patience, maximumBytes: Self.maximumBytes)
      guard let said = try? JSONDecoder().decode(Said.self, from: Data(answer.body)) else {
        return Self.silent(name, "the answer \(answer.status) says nothing about health")
      }
      let parts = said.parts.sorted { $0.key < $1.key }.map {
        Answer.Part(name: $0.key, state: Wording.printable($0.value))
      }
      return Answer(process: name, isReady: answer.status == 200, version: said.version, parts: parts, failure: nil)
    } catch {
      return Self.silent(name, "\(error)")
    }
  }

  private static func silent(_ name: String, _ failure: String) -> Answer {
    Answer(process: name, isReady: false, version: nil, parts: [], failure: failure)
  }

  private struct Said: Decodable {
    let parts: [String: String]
    let version: String?
  }
}
