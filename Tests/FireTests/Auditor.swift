import Foundation
import TestSupport

/// The judge outside: a Python program that reads database and buckets, with none of the product's code.
enum Auditor {
  /// What is not as it must be.
  struct Violation: Decodable, CustomStringConvertible {
    let kind: String
    let subject: String
    let detail: String
    var description: String { "\(kind) \(subject) \(detail)" }
  }

  struct Report: Decodable {
    let files: Int
    let objects: Int
    let violations: [Violation]
  }

  struct PlantReport: Decodable {
    struct Plant: Decodable {
      let plant: String
      let wanted: String
      let found: [String]
    }
    let clean: [Violation]
    let plants: [Plant]
  }

  /// Everything there is.
  static func audit() throws -> Report { try ask("audit.py", []) }

  /// All that the owners of `uploads` have, which are those uploads in their wanted states.
  static func audit(_ uploads: [FireFixture.Upload]) throws -> Report {
    let folder = try ScratchFolder()
    let wanted = Dictionary(uploads.map { ($0.id, $0.wanted) }) { $1 }
    let file = try folder.write(Array(JSONEncoder().encode(wanted)), to: "wanted.json")
    let users = Set(uploads.map(\.user.name)).sorted().joined(separator: ",")
    return try ask("audit.py", ["--users", users, "--expect", file])
  }

  /// What `look` goes on finding for as long as `seconds`: what an event or a job will mend may be on its way.
  static func lasting(
    _ seconds: TimeInterval = 60,
    _ look: () throws -> [Violation]
  ) throws -> [Violation] {
    let end = Date.now + seconds
    var found = try look()
    while !found.isEmpty && Date.now < end {
      usleep(200_000)
      found = try look()
    }
    return found
  }

  /// What the auditor finds in a copy of that user's files, once for each thing that is planted there.
  static func plant(_ user: String) throws -> PlantReport { try ask("plant.py", ["--users", user]) }

  private static func ask<Answer: Decodable>(_ program: String, _ arguments: [String]) throws -> Answer {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "auditor")
    let python = ProcessInfo.processInfo.environment["STOWAGE_PYTHON"] ?? "python3"
    let answer = try run(python, ["-B", folder.appending(path: program).path] + arguments)
    return try JSONDecoder().decode(Answer.self, from: answer)
  }
}
