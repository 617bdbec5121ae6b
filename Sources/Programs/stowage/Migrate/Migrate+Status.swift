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
        The command reads the ledger, and neither the folder nor the bucket: when each command ran last, how many files are \
        in the bucket, not sent yet, or failed (the first 20 with their reasons), what stays behind on the disk, and what \
        vanished from it.

        With --findings, each finding of the last run is one line: the kind, a tab, the path, and behind another tab the \
        detail, if there is one. Line breaks and tabs in names are spaces.

        Exit status: 0 done, also if files failed; 1 there is no ledger, or it cannot be read; 64 wrong usage; 74 the output \
        cannot be written; 78 the configuration is not usable.

        Examples:
          stowage migrate status /uploads
          stowage migrate status /uploads --findings | grep '^symlink'
          stowage migrate status /uploads --json
        """
    )

    @OptionGroup var place: LedgerOptions

    @Flag(help: "Lists every finding, one line each, instead of the state.")
    var findings = false

    @Flag(help: "Prints one JSON object; with --findings, one for each line.")
    var json = false

    func run() throws {
      let app = Application.startCommand("stowage")
      try orExplain {
        let ledger = try MigrationLedger(reading: place.path(app.settings))
        guard !findings else { return try list(ledger) }
        let status = try MigrationStatus(ledger)
        guard !json else { return print(try JSONLine.encode(status)) }
        print(status.words, terminator: "")
        if status.stayBehind > 0 { print("to list all that stays behind: \(place.command("status", " --findings"))") }
        if !status.isUnderWay, status.unfinished.files > 0 { print("to send the rest: \(place.command("run"))") }
      }
    }

    private func list(_ ledger: MigrationLedger) throws {
      try FoundEntry.forEach(in: ledger) { entry in
        print(json ? try JSONLine.encode(entry) : entry.line)
        if StandardOutput.hasFailed { throw ExitCode(StandardOutput.status) }
      }
    }
  }

  struct Map: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the file of each old path with its URLs, for an application's own tables.",
      discussion: """
        One line for each file that is in Stowage or will be, in the order of the paths. The columns as CSV, and their names \
        as JSON:

          path          path         the old path; bytes that are not UTF-8 are U+FFFD
          encoded_path  encodedPath  the old path, percent-encoded byte for byte
          file_id       fileId       the identifier of the file
          key           key          the key of the object in the raw bucket
          user_id       userId       the owner
          state         state        unsent, received, ready, quarantined and so on
          file_url      fileUrl      the path of the file's record in the API
          old_url       oldUrl       the old URL; empty for trees of another shape
          image_thumb   images       the URL of each image of a ready file

        The images are one column for each variant. A file that is received is not checked yet.

        Exit status: 0 done; 1 there is no ledger, or the ledger or the database cannot be read; 64 wrong usage; 74 the \
        output cannot be written; 78 the configuration is not usable.

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
      try orExplain {
        let ledger = try MigrationLedger(reading: place.path(app.settings))
        let variants = app.settings.variants.map(\.name)
        if !json { print(MigrationMapRow.header(variants)) }
        try MigrationMapRow.forEach(in: ledger, app.database, imagesURL: app.settings.imagesURL) { row in
          print(json ? try JSONLine.encode(row) : row.csv(variants))
          if StandardOutput.hasFailed { throw ExitCode(StandardOutput.status) }
        }
      }
    }
  }
}
