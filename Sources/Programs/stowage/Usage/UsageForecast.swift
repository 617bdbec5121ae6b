import ArgumentParser
import Assembly
import Buckets
import Core
import Costs
import Database
import Foundation
import Operations

struct UsageForecast: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract: "Estimates the bills of the next months, also with other lifecycle rules.",
    discussion: """
      The forecast follows what the last collection of usage found, and new objects, under the lifecycle documents in the \
      folder of STOWAGE_BUCKET_DOCUMENTS. The prices are those of STOWAGE_PRICES. With --lifecycle, it compares them with \
      another document of one bucket: the bills of both, what the moves cost once, and when they pay back. No bucket is \
      read or changed.

      docs/costs.md says what is counted and what is not.

      Examples:
        stowage usage forecast
        stowage usage forecast --growth 5% --months 24
        stowage usage forecast --bucket raw --lifecycle /tmp/lifecycle.json
        stowage usage forecast --prices r2
        stowage usage forecast --csv > forecast.csv
      """
  )

  @Option(help: "Another lifecycle document, in the form of conf/buckets/raw/lifecycle.json, to compare with.")
  var lifecycle: String?

  @Option(
    help:
      "Counts this bucket alone, without requests; --lifecycle is its document. Default: all, and raw for --lifecycle.",
    transform: forecastBucket
  )
  var bucket: BucketRole?

  @Option(parsing: .unconditional, help: "The number of months, from 1 to \(ForecastTerms.maximumMonths).")
  var months = 12

  @Option(
    parsing: .unconditional,
    help: "New objects: history (the median day of the last 30), none, or a share a month such as 5% or 2.5%.",
    transform: forecastGrowth
  )
  var growth = Growth.history

  @Option(
    help: "The name of a price list, to see what another store would cost. Default: that of the store and region."
  )
  var prices: String?

  @Flag(help: "Prints CSV, a row for each line of each bill.")
  var csv = false

  @Flag(help: "Prints one JSON object, for programs.")
  var json = false

  func validate() throws {
    guard (1...ForecastTerms.maximumMonths).contains(months) else {
      throw ValidationError("--months is from 1 to \(ForecastTerms.maximumMonths)")
    }
    if csv, json { throw ValidationError("--csv and --json exclude each other") }
  }

  func run() throws {
    let app = Application.startCommand("stowage")
    try orExplain {
      let report = try ForecastRun(self, settings: app.settings, database: app.database).report(at: Date())
      if csv {
        print(ForecastExport(report).csv, terminator: "")
      } else if json {
        print(try JSONLine.encode(ForecastExport(report)))
      } else {
        for line in report.lines { print(line) }
      }
    }
  }
}

private func forecastBucket(_ text: String) throws -> BucketRole {
  guard let role = BucketRole(rawValue: text) else {
    throw ValidationError("'\(text)' is no bucket; expected raw, processed, backups or logs")
  }
  return role
}

private func forecastGrowth(_ text: String) throws -> Growth {
  switch text {
  case "history": return .history
  case "none": return .none
  default:
    guard let match = text.wholeMatch(of: /([0-9]{1,4})(?:\.([0-9]))?%/), let whole = Int(match.1),
      let tenth = Int(match.2 ?? "0"), whole * 10 + tenth <= 10_000
    else { throw ValidationError("expected history, none, or a share from 0% to 1000% such as 2.5%") }
    return .monthly(thousandths: whole * 10 + tenth)
  }
}
