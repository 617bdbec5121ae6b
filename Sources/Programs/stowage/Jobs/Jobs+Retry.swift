import ArgumentParser
import Assembly
import Core
import Database
import Foundation

extension Jobs {
  struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes jobs due now; what a worker holds is never touched.",
      discussion: """
        A failed job is queued again, and its failures are forgotten. A named file that has no job gets one, so that a \
        worker looks at it. Safe to repeat: what is due already stays as it is. Exit status 1 if a named file is not known; \
        the others are done.

        Examples:
          stowage jobs retry 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
          stowage jobs retry --postponed
          stowage jobs retry --failed --kind render
        """
    )

    @Argument(help: "Files: identifiers, or keys or URLs that they stand in.", transform: fileID)
    var files: [FileID] = []

    @Flag(help: "Every failed job.")
    var failed = false

    @Flag(help: "Every job that was given back and waits to be tried again.")
    var postponed = false

    @Option(help: "Only jobs of this kind, process or render; with --failed and --postponed.", transform: jobKind)
    var kind: JobKind?

    func validate() throws {
      guard files.isEmpty == (failed || postponed) else {
        throw ValidationError("name files, or say --failed or --postponed")
      }
      guard kind == nil || files.isEmpty else { throw ValidationError("--kind goes with --failed and --postponed") }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      var isEachKnown = true
      try orExplain { () throws(StorageError) in
        let database = try app.database
        let states: [JobFilter.State] = (failed ? [.failed] : []) + (postponed ? [.postponed] : [])
        for state in states {
          let count = try database.retryJobs(JobFilter(kind: kind, state: state), at: .now)
          print("\(Wording.number(count, "\(state.rawValue) job")) \(count == 1 ? "is" : "are") due now.")
        }
        for file in files {
          guard try database.file(file) != nil else {
            Terminal.complain(
              "no file \(file) is known to this database (\(app.settings.databasePath)); nothing was done about it."
            )
            isEachKnown = false
            continue
          }
          for line in try retry(file, in: database) { print("\(file)  \(line)") }
        }
      }
      guard isEachKnown else { throw ExitCode.failure }
    }

    private func retry(_ file: FileID, in database: FileDatabase) throws(StorageError) -> [String] {
      var lines: [String] = []
      for kind in JobKind.allCases {
        guard let outcome = try database.retryJob(kind, of: file, at: .now) else { continue }
        lines.append("\(kind): \(words(outcome))")
      }
      guard lines.isEmpty else { return lines }
      _ = try database.enqueue(for: [file], at: .now)
      return ["process: there was no job; one was made, due now"]
    }

    private func words(_ outcome: JobRetry) -> String {
      switch outcome {
      case .hastened: "due now"
      case .revived: "had failed; due now, its failures forgotten"
      case .due: "was due already; nothing done"
      case .held(let until):
        "at work, lease ends in \(Wording.duration(until.timeIntervalSinceNow)); nothing done"
      }
    }
  }
}
