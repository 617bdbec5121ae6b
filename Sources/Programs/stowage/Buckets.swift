import ArgumentParser
import Assembly
import Core
import Operations

struct Buckets: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The four buckets.",
    subcommands: [Apply.self]
  )

  struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes the buckets what Stowage needs; safe to repeat.",
      discussion: """
        Creates what is missing, blocks public access where the store can, turns on versions of raw uploads, and lets pages of
        STOWAGE_CORS_ORIGINS upload and download.
        On a store without versions, Stowage keeps copies of what was judged.

        Example: stowage buckets apply
        """
    )

    func run() throws {
      let app = Application.startCommand("stowage")
      try orExplain { () throws(StorageError) in
        try BucketSetup(store: try app.store, settings: app.settings).apply { print("\($0.bucket): \($0.text)") }
      }
    }
  }
}
