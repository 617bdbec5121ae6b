import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Processing
import Storage

struct Sweep: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds uploads without an event, and objects without a database row.",
    discussion: """
      Workers sweep all the time, a part of the uploads in each round; this command does one complete sweep now. It prints \
      a line for each file that needed something: its state, the finding and the action.

      Then the command compares every object of both buckets with the database and counts the objects without a row. It \
      deletes them only with --delete-unknown, only if they are older than 7 days, and only if their keys have Stowage's form.

      Exit status: 0 done; 1 failed; 130 Ctrl-C stopped it between two steps, and completed steps stay done.

      Examples:
        stowage sweep --dry-run
        stowage sweep
        stowage sweep --delete-unknown
      """
  )

  @Flag(name: [.customLong("dry-run"), .customLong("dry")], help: "Prints the actions and changes nothing.")
  var isDryRun = false

  @Flag(
    name: .customLong("delete-unknown"),
    help: "Lists objects without a row that are older than 7 days, asks, and deletes them."
  )
  var deletesUnknown = false

  @Flag(name: .customLong("yes"), help: "Skips the question of --delete-unknown.")
  var isAgreed = false

  func validate() throws {
    guard !isAgreed || deletesUnknown else { throw ValidationError("--yes goes with --delete-unknown") }
  }

  func run() throws {
    let app = Application.startCommand("stowage")
    let signals = SignalTrap()
    var isDone = true
    try orExplain {
      let database = try app.database
      let store = try app.store
      if isDryRun { print("Dry run: nothing is changed.") }
      sweepUp: do {
        let sweeper = Sweeper(database: database, store: store, bucket: app.settings.buckets.raw)
        try sweep(sweeper, while: { !signals.isTriggered })
        guard !signals.isTriggered else { break sweepUp }
        let objects = UnknownObjects(database: database, store: store, buckets: app.settings.buckets)
        isDone = try lookForUnknown(objects, while: { !signals.isTriggered })
      }
    }
    guard !signals.isTriggered else {
      Terminal.complain("stopped; what is said above is done, the rest is left for another time.")
      throw ExitCode(SignalTrap.status)
    }
    guard isDone else { throw ExitCode.failure }
  }

  // MARK: Uploads

  private func sweep(_ sweeper: Sweeper, while isWanted: () -> Bool) throws(StorageError) {
    let now = Date.now
    let progress = Progress()
    var looks = 0
    var tally = Tally()
    do throws(StorageError) {
      try sweeper.sweepAll(at: now, isDryRun: isDryRun, while: isWanted) { page in
        looks += page.count
        if !page.findings.isEmpty { progress.clear() }
        for finding in page.findings {
          tally.add(finding)
          let state = finding.file.state.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
          print("\(finding.file.id)  \(state)  \(finding.words(at: now, isDryRun: isDryRun))")
        }
        for upload in page.uploads {
          tally.aborted += 1
          progress.clear()
          print("\(upload.key)  \(upload.words(at: now, isDryRun: isDryRun))")
        }
        progress.show("looked at uploads: \(looks), found: \(tally.count)")
      }
    } catch {
      progress.clear()
      throw error
    }
    progress.clear()
    print("Uploads: " + tally.words(isDryRun: isDryRun))
  }

  /// The numbers of findings about uploads, by kind.
  private struct Tally {
    var judged = 0
    var removed = 0
    var overwritten = 0
    var expired = 0
    var released: Int64 = 0
    var ended = 0
    var aborted = 0
    var purged = 0
    var count: Int { judged + removed + overwritten + expired + ended + aborted + purged }

    mutating func add(_ finding: SweepFinding) {
      switch finding.reason {
      case .objectFound, .jobLost: judged += 1
      case .refusedObject: removed += 1
      case .overwritten: overwritten += 1
      case .multipartLeft: ended += 1
      case .overLimit: aborted += 1
      case .outlived: purged += 1
      case .neverCame:
        expired += 1
        released += finding.file.heldBytes
      }
    }

    func words(isDryRun: Bool) -> String {
      guard count > 0 else { return "nothing to do." }
      var words: [String] = []
      let queued = isDryRun ? "would be queued" : "queued"
      if judged > 0 { words.append("\(judged) \(queued) to be judged") }
      if expired > 0 {
        words.append("\(expired) \(isDryRun ? "would expire" : "expired") (\(Wording.bytes(released)) released)")
      }
      if removed > 0 { words.append("\(removed) \(queued) to be removed") }
      if overwritten > 0 { words.append("\(overwritten) \(queued) to be cleared of what lies beside what was judged") }
      if ended > 0 { words.append("\(ended) multipart uploads \(queued) to be ended") }
      if aborted > 0 {
        words.append("\(aborted) unknown multipart uploads \(isDryRun ? "would be aborted" : "aborted")")
      }
      if purged > 0 { words.append("\(purged) \(queued) to be purged") }
      return words.joined(separator: ", ") + "."
    }
  }
}
