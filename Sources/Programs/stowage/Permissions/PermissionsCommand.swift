import ArgumentParser
import Assembly
import Audit
import Core
import Foundation
import S3

struct PermissionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "permissions",
    abstract: "Prints the IAM policy of a process, filled from the settings.",
    discussion: """
      The documents are in conf/iam; conf/iam/README.md explains each statement, and docs/permissions.md how to attach \
      them. The command refuses a document with wildcard actions.

      Examples:
        stowage permissions /etc/stowage/iam/worker.json > worker.json
        stowage permissions /etc/stowage/iam/admin-migrate-source.json --source old-uploads
      """
  )

  @Argument(help: "A document of conf/iam.")
  var file: String

  @Option(help: "The bucket that stowage migrate copies from.")
  var source: String?

  func run() throws {
    let app = Application.startCommand("stowage")
    try orExplain {
      print(try policy(app.settings, json: bytes()).document.json(isIndented: true))
    }
  }

  /// Fills the document; each problem gets the name of the file.
  private func policy(_ settings: Settings, json: [UInt8]) throws(StorageError) -> PermissionDocument {
    do {
      return try PermissionDocument(json: json, settings: settings, source: source)
    } catch .invalidRequest(let problems) {
      let named = problems.split(separator: "\n").map { Wording.printable("\(file): \($0)") }
      throw .invalidRequest(named.joined(separator: "\n"))
    }
  }

  private func bytes() throws(StorageError) -> [UInt8] {
    guard let handle = FileHandle(forReadingAtPath: file),
      let data = try? handle.read(upToCount: JSONValue.maximumBytes + 1)
    else { throw .invalidRequest("\(file): cannot be read, or is empty") }
    return Array(data)
  }
}
