import ArgumentParser

struct UsageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "usage",
    abstract: "Counts what is in the buckets, shows it, and says what it will cost.",
    discussion: """
      docs/usage.md says what is counted and what a collection costs; docs/costs.md says how prices and forecasts work.

      Examples:
        stowage usage collect
        stowage usage show
        stowage usage show --by user --limit 20
        stowage usage show --by kind --days 30 --csv > usage.csv
        stowage usage forecast
        stowage usage forecast --lifecycle /tmp/lifecycle.json
      """,
    subcommands: [Collect.self, Show.self, UsageForecast.self]
  )
}
