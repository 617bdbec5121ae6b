import ArgumentParser
import Assembly
import Core
import Database
import Foundation

extension Jobs {
  struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes jobs due now; jobs that a worker holds stay untouched.",
      discussion: """
        A failed job is queued again with no failures counted. A file without a job gets one, so that a worker checks it. \
        The command is safe to repeat. Exit status 1 if the database lacks one of the files; the others are still retried.

        Examples:
          stowage jobs retry 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
          stowage jobs retry --postponed
          stowage jobs retry --failed --kind render
        """
    )

    @Argument(help: "Identifiers of files, or keys or URLs that contain them.", transform: fileID)
    var files: [FileID] = []

    @Flag(help: "Retries every failed job.")
    var failed = false

    @Flag(help: "Retries every postponed job.")
    var postponed = false

    @Option(help: "Only jobs of this kind, process, render or purge; with --failed or --postponed.", transform: jobKind)
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
      try orExplain {
        let database = try app.database
        let states: [JobFilter.State] = (failed ? [.failed] : []) + (postponed ? [.postponed] : [])
        for state in states {
          let count = try database.retryJobs(JobFilter(kind: kind, state: state), at: .now)
          print("\(Wording.number(count, "\(state.rawValue) job")) \(count == 1 ? "is" : "are") due now.")
        }
        for file in files {
          guard try database.file(file) != nil else {
            Terminal.complain(
              "no file \(file) is known to this database (\(app.settings.database)); nothing was done about it."
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
