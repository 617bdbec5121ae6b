import ArgumentParser
import Assembly
import Core
import Foundation
import Processing

struct Variants: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Renders images again after the settings changed.",
    subcommands: [Refresh.self]
  )

  struct Refresh: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Renders images again after STOWAGE_VARIANTS has changed.",
      discussion: """
        Start `image` and the workers with the new settings first. The command queues one job for each image whose variants \
        differ from the settings. Workers render them, and new uploads go first; `stowage jobs list --kind render` shows \
        the jobs that are left. The command may be stopped and repeated at any time. Without it, an image is rendered when \
        a browser asks for it. In both cases old URLs redirect to the new ones. Images whose renderings an earlier version \
        stored are moved to the place where a CDN may read public ones, and no others.

        Examples:
          stowage variants refresh --dry-run
          stowage variants refresh
        """
    )

    @Flag(help: "Counts the images and queues nothing.")
    var dryRun = false

    func run() throws {
      let app = Application.startCommand("stowage")
      let progress = Progress()
      let signals = SignalTrap()
      try orExplain {
        let wanted = app.settings.variants.map { "\($0.name)=\($0.shape)" }.joined(separator: ",")
        print("wanted, by the settings of this command: \(wanted)")
        let refresh = VariantRefresh(database: try app.database, specifications: app.settings.variants)
        let total = try refresh.run(isDryRun: dryRun, at: .now, while: { !signals.isTriggered }) { report in
          progress.show(
            "looked at ready files: \(report.seen), to render: \(report.outdated), to move: \(report.misplaced)"
          )
        }
        progress.clear()
        let looked = "\(Wording.number(total.seen, "ready file")) looked at"
        if total.misplaced > 0 {
          print(
            "\(looked): \(total.misplaced) \(dryRun ? "would be" : "queued to be") moved to the place of their visibility."
          )
        }
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
