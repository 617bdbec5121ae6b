import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Operations

struct Jobs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What the workers have to do, why a file waits, and trying again.",
    discussion: """
      Every upload gets a job, which a worker takes, works on under a lease, and removes when it is done. \
      What is listed is what is not done yet.

      Examples:
        stowage jobs list --state postponed
        stowage jobs explain 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
        stowage jobs retry --failed
      """,
    subcommands: [List.self, Explain.self, Retry.self]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists jobs, those due first.",
      discussion: """
        queued: waits for a worker, the postponed ones included
        leased: at work, or left behind by a worker that died
        failed: for good, until somebody retries it
        postponed: given back at least once; a worker tries again by itself

        Examples:
          stowage jobs list
          stowage jobs list --kind process --state failed
          stowage jobs list --json | jq -r 'select(.failures > 0) | .file'
        """
    )

    @Option(
      help: "process (judges an upload), render (renders variants again) or purge (empties caches).",
      transform: jobKind
    )
    var kind: JobKind?

    @Option(help: "queued, leased, failed or postponed.", transform: jobState)
    var state: JobFilter.State?

    @Option(help: "How many at most; without it 50, and with --json all.")
    var limit: Int?

    @Flag(help: "One JSON object a line, for programs.")
    var json = false

    func validate() throws {
      guard (limit ?? 1) >= 1 else { throw ValidationError("--limit: 1 or more") }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      let filter = JobFilter(kind: kind, state: state)
      let table = JobTable(width: Terminal.width, at: .now)
      let json = json
      let wanted = limit ?? (json ? Int.max : 50)
      try orExplain { () throws(StorageError) in
        let database = try app.database
        let all = json ? 0 : try database.jobCount(filter)
        if all > 0 { print(table.header) }
        let shown = try eachJob(filter, of: database, limit: wanted) { (listing) throws(StorageError) in
          if json { print(try JobDocument(listing).line()) } else { table.lines(listing).forEach { print($0) } }
        }
        if !json { print(count(shown, of: all)) }
      }
    }

    /// Calls `body` for each job, reading page by page; returns the number of jobs.
    private func eachJob(
      _ filter: JobFilter,
      of database: FileDatabase,
      limit: Int,
      _ body: (JobListing) throws(StorageError) -> Void
    ) throws(StorageError) -> Int {
      var shown = 0
      var last: JobRecord?
      while shown < limit {
        let size = min(500, limit - shown)
        let page = try database.jobs(filter, after: last, limit: size)
        for listing in page { try body(listing) }
        shown += page.count
        last = page.last?.job
        if page.count < size { break }
      }
      return shown
    }

    private func count(_ shown: Int, of all: Int) -> String {
      let name = [state?.rawValue, kind?.rawValue].compactMap { $0.map { "\($0) " } }.joined()
      guard all > 0 else { return "No \(name)jobs." + (name.isEmpty ? " Everything that came is done." : "") }
      let total = Wording.number(all, "\(name)job")
      return shown < all ? "\(shown) of \(total); --limit \(all) shows all." : "\(total)."
    }
  }

  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Says everything about one file: its state, what happens next and when, its jobs, objects and variants.",
      discussion: """
        FILE is a file's identifier, or a key or URL that it stands in. Exit status 1 if no such file is known.

        Examples:
          stowage jobs explain 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
          stowage jobs explain demo/0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15/original.jpg
        """
    )

    @Argument(help: "The file.", transform: fileID)
    var file: FileID

    func run() throws {
      let app = Application.startCommand("stowage")
      let explainer = { () throws(StorageError) in
        FileExplainer(
          settings: app.settings,
          database: try app.database,
          store: { () throws(StorageError) in try app.interactiveStore },
          isWorkerRunning: { WorkerLock.isHeld(in: app.settings.endpoint.socketDirectory) }
        )
      }
      var isKnown = true
      try orExplain { () throws(StorageError) in
        do throws(StorageError) {
          for line in try explainer().explain(file, at: .now) {
            print(line.label.padding(toLength: 10, withPad: " ", startingAt: 0) + line.text)
          }
        } catch .notFound {
          isKnown = false
        }
      }
      guard isKnown else {
        Terminal.complain("no file \(file) is known to this database (\(app.settings.databasePath)).")
        throw ExitCode.failure
      }
    }
  }
}
