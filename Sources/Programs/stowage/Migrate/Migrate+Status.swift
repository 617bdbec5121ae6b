import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Migration
import Operations

extension Migrate {
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows where a migration stands, also while it runs.",
      discussion: """
        Examples:
          stowage migrate status /uploads
          stowage migrate status /uploads --json
        """
    )

    @OptionGroup var place: LedgerOptions

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      let app = Application.startCommand("stowage")
      try orExplainMigration {
        let ledger = try MigrationLedger(reading: place.path(app.settings))
        let status = try MigrationStatus(ledger)
        print(json ? try JSONLine.encode(status) : status.words, terminator: json ? "\n" : "")
      }
    }
  }

  struct Map: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the file of each old path, for an application's own tables.",
      discussion: """
        Examples:
          stowage migrate map /uploads --csv > map.csv
          stowage migrate map /uploads --json | jq -r '[.path, .fileId] | @tsv'
        """
    )

    @OptionGroup var place: LedgerOptions

    @Flag(help: "Prints CSV with a header; this is the default.")
    var csv = false

    @Flag(help: "Prints one JSON object per line.")
    var json = false

    func validate() throws {
      guard !csv || !json else { throw ValidationError("--csv or --json, not both") }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      try orExplainMigration {
        let ledger = try MigrationLedger(reading: place.path(app.settings))
        if !json { print(MigrationMapRow.header) }
        try MigrationMapRow.forEach(in: ledger) { row in
          print(json ? try JSONLine.encode(row) : row.csv)
        }
      }
    }
  }
}
