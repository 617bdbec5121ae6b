import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Operations

struct Jobs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the workers' jobs, explains why a file waits, and retries jobs.",
    discussion: """
      Each upload gets a job. A worker takes it under a lease and removes it once it is done, so the list shows only \
      unfinished jobs.

      Examples:
        stowage jobs list --state postponed
        stowage jobs explain 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
        stowage jobs retry --failed
      """,
    subcommands: [List.self, Explain.self, Retry.self]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists unfinished jobs, those due first.",
      discussion: """
        The states of a job:
          queued     waits for a worker; includes postponed
          leased     a worker works on it, or the worker died and the lease runs out
          postponed  could not be done and waits; a worker tries again by itself
          failed     failed repeatedly; `stowage jobs retry` tries again

        Examples:
          stowage jobs list
          stowage jobs list --kind process --state failed
          stowage jobs list --json | jq -r 'select(.failures > 0) | .file'
        """
    )

    @Option(
      help: "process (checks an upload), render (renders variants again) or purge (empties caches).",
      transform: jobKind
    )
    var kind: JobKind?

    @Option(help: "queued, leased, failed or postponed.", transform: jobState)
    var state: JobFilter.State?

    @Option(help: "Prints at most this many jobs; without it 50, with --json all.")
    var limit: Int?

    @Flag(help: "Prints one JSON object per line, for programs.")
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
      try orExplain {
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
        "Explains one file: its state, what happens next and when, its jobs, objects and variants.",
      discussion: """
        The file is given by its identifier, or by a key or URL that contains it. Exit status 1 if the database has no such file.

        Examples:
          stowage jobs explain 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
          stowage jobs explain demo/0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15/original.jpg
        """
    )

    @Argument(help: "The file's identifier, or a key or URL that contains it.", transform: fileID)
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
      try orExplain {
        do throws(StorageError) {
          for line in try explainer().explain(file, at: .now) {
            print(line.label.padding(toLength: 10, withPad: " ", startingAt: 0) + line.text)
          }
        } catch .notFound {
          isKnown = false
        }
      }
      guard isKnown else {
        Terminal.complain("no file \(file) is known to this database (\(app.settings.database)).")
        throw ExitCode.failure
      }
    }
  }
}
