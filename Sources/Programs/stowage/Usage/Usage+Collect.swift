import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Usage

extension UsageCommand {
  struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Counts everything in the four buckets.",
      discussion: """
        The command lists every version, delete marker and incomplete upload, or reads the inventories at \
        STOWAGE_INVENTORY. Listing costs one request for each 1,000 entries, about $0.005 per 1,000 requests on AWS. \
        `usage show` shows the last whole collection until this one is whole.

        Ctrl-C, a crash or a restart loses nothing: the next collection goes on where this one is. One process collects \
        at a time, over all nodes. With STOWAGE_USAGE=daily a worker does the same once a day.

        Exit status: 0 the collection is whole; 1 another process collects, or something does not answer; 130 Ctrl-C \
        stopped it.

        Examples:
          stowage usage collect
          stowage usage collect && stowage usage show --by class
        """
    )

    func run() throws {
      let app = Application.startCommand("stowage")
      let signals = SignalTrap()
      try orExplain {
        let collector = UsageCollector(
          database: try app.database,
          store: try app.store,
          buckets: app.settings.buckets,
          inventory: app.settings.usage.inventory.map(InventoryPlace.init)
        )
        switch try collect(collector, app.settings.buckets, signals) {
        case .whole(let collection):
          print(
            "\(Wording.number(Int(collection.entries), "object")), \(Wording.bytes(collection.bytes)), counted in"
              + " \(Wording.duration(collection.workedSeconds)). `stowage usage show` shows them."
          )
        case .stopped(let collection):
          throw Terminal.stopped("\(Wording.number(Int(collection.entries), "object")) are counted and stored.")
        case .held(let holder):
          Terminal.complain(
            "\(Wording.printable(holder.name)) collects usage. If it ended without a word, another process can go on after"
              + " \(holder.until.formatted(.iso8601))."
          )
          throw ExitCode.failure
        case .lost:
          Terminal.complain("another process took the collection over; this one has ended.")
          throw ExitCode.failure
        case .notDue: break
        }
      }
    }

    private func collect(
      _ collector: UsageCollector,
      _ buckets: BucketNames,
      _ signals: SignalTrap
    ) throws(StorageError) -> UsageCollector.Outcome {
      let progress = Progress()
      defer { progress.clear() }
      var start: (time: ContinuousClock.Instant, entries: Int64)?
      return try collector.collect(
        for: CollectorName("stowage usage collect"),
        while: { !signals.isTriggered },
        progress: { seen in
          let begun = start ?? (.now, seen.entries)
          start = begun
          let seconds = (ContinuousClock.now - begun.time) / .seconds(1)
          let rate = seconds > 0 ? Int(Double(seen.entries - begun.entries) / seconds) : 0
          progress.show(
            "\(seen.bucket.name(in: buckets)): \(Wording.number(Int(seen.entries), "object")),"
              + " \(Wording.bytes(seen.bytes)), \(Wording.grouped(rate)) per second"
          )
        }
      )
    }
  }
}
