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
      let policy = try PermissionDocument(json: bytes(), settings: app.settings, source: source)
      print(policy.document.json(isIndented: true))
    }
  }

  private func bytes() throws(StorageError) -> [UInt8] {
    guard let handle = FileHandle(forReadingAtPath: file),
      let data = try? handle.read(upToCount: JSONValue.maximumBytes + 1)
    else { throw .invalidRequest("\(file): cannot be read, or is empty") }
    return Array(data)
  }
}
