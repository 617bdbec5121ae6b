import ArgumentParser
import Assembly
import Core
import Foundation
import Processing

struct Variants: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What images become.",
    subcommands: [Refresh.self]
  )

  struct Refresh: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Renders images again after STOWAGE_VARIANTS has changed.",
      discussion: """
        Finds every image whose variants are not what the settings make of it now, and queues one job for each; the \
        workers render them, after whatever is uploaded meanwhile. `stowage jobs list --kind render` shows how far they are. \
        It may be stopped and repeated at any time. Without it, each image is rendered when somebody asks for it; old URLs \
        lead to the new ones either way. Start `image` and the workers with the new settings first.

        Examples:
          stowage variants refresh --dry-run
          stowage variants refresh
        """
    )

    @Flag(help: "Only counts; queues nothing.")
    var dryRun = false

    func run() throws {
      let app = Application.startCommand("stowage")
      let progress = Progress()
      let signals = SignalTrap()
      try orExplain { () throws(StorageError) in
        let wanted = app.settings.variants.map { "\($0.name)=\($0.shape)" }.joined(separator: ",")
        print("wanted, by the settings of this command: \(wanted)")
        let refresh = VariantRefresh(database: try app.database, specifications: app.settings.variants)
        let total = try refresh.run(isDryRun: dryRun, at: .now, while: { !signals.isTriggered }) { report in
          progress.show("looked at ready files: \(report.seen), to render: \(report.outdated)")
        }
        progress.clear()
        let looked = "\(Wording.number(total.seen, "ready file")) looked at"
        switch (total.outdated, dryRun) {
        case (0, _): print("\(looked): every image among them is as the settings want it.")
        case (let count, true): print("\(looked): \(count) would be rendered again.")
        case (let count, false): print("\(looked): \(count) queued to be rendered again.")
        }
      }
      if signals.isTriggered {
        Terminal.complain("interrupted; what was queued stays queued. Run it again for the rest.")
        throw ExitCode(SignalTrap.status)
      }
    }
  }
}
