import Foundation
import TestSupport

/// Runs an independent Python program that compares database and buckets, without any code of the product.
enum Auditor {
  /// A violation that the auditor found.
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

  /// Audits everything.
  static func audit() throws -> Report { try ask("audit.py", []) }

  /// Audits all files of the owners of `uploads`, which must be exactly those uploads in their wanted states.
  static func audit(_ uploads: [FireFixture.Upload]) throws -> Report {
    let folder = try ScratchFolder()
    let wanted = Dictionary(uploads.map { ($0.id, $0.wanted) }) { $1 }
    let file = try folder.write(Array(JSONEncoder().encode(wanted)), to: "wanted.json")
    let users = Set(uploads.map(\.user.name)).sorted().joined(separator: ",")
    return try ask("audit.py", ["--users", users, "--expect", file])
  }

  /// Returns the violations that `look` still finds after `seconds`: an event or a job may need time to repair one.
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

  /// Plants each kind of violation in a copy of the user's files, and returns the auditor's findings.
  static func plant(_ user: String) throws -> PlantReport { try ask("plant.py", ["--users", user]) }

  private static func ask<Answer: Decodable>(_ program: String, _ arguments: [String]) throws -> Answer {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "auditor")
    let python = ProcessInfo.processInfo.environment["STOWAGE_PYTHON"] ?? "python3"
    let answer = try run(python, ["-B", folder.appending(path: program).path] + arguments)
    return try JSONDecoder().decode(Answer.self, from: answer)
  }
}
