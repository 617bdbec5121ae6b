import ArgumentParser

struct UsageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "usage",
    abstract: "Counts what is in the buckets, and shows it by bucket, class, user or kind.",
    discussion: """
      docs/usage.md says what is counted and what a collection costs.

      Examples:
        stowage usage collect
        stowage usage show
        stowage usage show --by user --limit 20
        stowage usage show --by kind --days 30 --csv > usage.csv
      """,
    subcommands: [Collect.self, Show.self]
  )
}
