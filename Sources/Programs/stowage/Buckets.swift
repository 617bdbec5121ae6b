import ArgumentParser
import Assembly
import Core
import Operations

struct Buckets: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sets up the four buckets.",
    subcommands: [Apply.self]
  )

  struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Creates and configures the buckets; safe to repeat.",
      discussion: """
        The command creates missing buckets, blocks public access where the store can, turns on versions for raw uploads, \
        and lets pages of STOWAGE_CORS_ORIGINS upload and download. On a store without versions, Stowage keeps a copy of \
        each checked upload instead.

        Example: stowage buckets apply
        """
    )

    func run() throws {
      let app = Application.startCommand("stowage")
      try orExplain {
        try BucketSetup(store: try app.store, settings: app.settings).apply { print("\($0.bucket): \($0.text)") }
      }
    }
  }
}
