import ArgumentParser
import Core
import Foundation
import Migration

extension Migrate {
  struct CheckReport: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check-report",
      abstract: "Checks the signature of a report, on any machine, and prints the report.",
      discussion: """
        The command needs the report, its signature in FILE.sig and the public key; it reads no configuration and opens no \
        connection.

        Exit status: 0 the report is genuine, whatever it says; 1 the report is not genuine, or a file or the key cannot \
        be used (the text says which); 64 wrong usage; 74 the output cannot be written.

        Examples:
          openssl pkey -in key.pem -pubout -out public.pem
          stowage migrate check-report report.json --key public.pem
          stowage migrate check-report report.json --key public.pem --json
        """
    )

    @Argument(help: "The report that `stowage migrate verify --report` wrote, as JSON.")
    var file: String

    @Option(help: ArgumentHelp("The Ed25519 public key of the signer (PEM).", valueName: "key file"))
    var key: String

    @Flag(help: "Prints the report's JSON document instead of text.")
    var json = false

    func run() throws {
      try orExplain {
        let report = try ReportFile.check(file, key: key)
        if json {
          print(String(decoding: try report.json, as: UTF8.self), terminator: "")
        } else {
          print("The signature is genuine: these bytes were signed with the key \(Wording.printable(key)).\n")
          print(report.text(), terminator: "")
        }
      }
    }
  }
}
