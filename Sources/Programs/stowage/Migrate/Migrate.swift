import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Migration

struct Migrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Moves a folder of files into the bucket, while the application keeps using it.",
    discussion: """
      A migration reads a folder such as /uploads/{userId}/{path} and changes nothing in it. Each file becomes a file of its \
      user: stored in the raw bucket under its path, with its SHA-256, scanned, and counted in the quota. The ledger, an \
      SQLite file, has a row for each file; it makes every command repeatable at any time, also after a crash.

      Examples:
        stowage migrate run /uploads --dry-run
        stowage migrate run /uploads --create-users
        stowage migrate status /uploads
        stowage migrate map /uploads --csv > map.csv
        stowage migrate verify /uploads --report report.json --sign key.pem
        stowage migrate check-report report.json --key public.pem
        stowage migrate rollback /uploads --to /srv/uploads
        stowage migrate prune /uploads --verified-before 2026-11-01 --dry-run

      Exit status: 0 done, 1 something failed (the text says what to do), 64 wrong usage, 74 the output cannot be \
      written, 78 the configuration is not usable, 130 stopped by Ctrl-C or SIGTERM. The help of each command says more.
      """,
    subcommands: [
      Run.self, Status.self, Map.self, Verify.self, CheckReport.self, Rollback.self, Prune.self,
    ]
  )
}

/// The place of a migration's ledger.
struct LedgerOptions: ParsableArguments {
  @Argument(
    help: "The folder of a migration, such as /uploads, or its source bucket, such as s3://bucket/prefix."
  )
  var folder: String

  @Option(
    help: ArgumentHelp(
      "The file of the ledger; default: a file in migrations/ beside the database, named after the folder.",
      valueName: "file"
    )
  )
  var ledger: String?

  func validate() throws {
    guard !folder.isEmpty else { throw ValidationError("the folder has no name; give a path such as /uploads") }
    guard ledger != "" else { throw ValidationError("--ledger needs the path of a file, such as /root/uploads.ledger") }
  }

  /// Returns the command about this migration, such as `status`, in a form that a shell takes.
  func command(_ name: String, _ options: String = "") -> String {
    let place = ledger.map { " --ledger \(Terminal.quoted($0))" } ?? ""
    return Wording.printable("stowage migrate \(name) \(Terminal.quoted(folder))\(place)\(options)")
  }

  /// True if the source is a bucket.
  var isBucket: Bool { folder.hasPrefix("s3://") }

  /// The path of the ledger of `root`.
  func path(of root: TreeRoot, _ settings: Settings) -> String { path(ofTree: root.path, settings) }

  /// The path of the ledger of the folder, which need not exist any more.
  func path(_ settings: Settings) -> String {
    if isBucket {
      let name = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
      return path(ofTree: Array(name.utf8), settings)
    }
    if let root = try? TreeRoot(folder) { return path(of: root, settings) }
    return path(ofTree: absolutePath, settings)
  }

  /// The absolute path of a folder that need not exist.
  var absolutePath: [UInt8] { Array(URL(filePath: folder).standardizedFileURL.path.utf8) }

  private func path(ofTree path: [UInt8], _ settings: Settings) -> String {
    if let ledger { return ledger }
    let name = printable(path.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? [])
    let hash = String(UInt64(bitPattern: FoldedPath.hash(path)), radix: 16)
    let plain = String(name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(40))
    return Self.folder(settings).appending(path: "\(plain.isEmpty ? "root" : plain)-\(hash).ledger").path
  }

  /// Creates the folder of the ledger unless the ledger's path was given.
  func makeFolder(_ settings: Settings) throws(LedgerError) {
    guard ledger == nil else { return }
    let folder = Self.folder(settings)
    do {
      try FileManager.default.createDirectory(
        at: folder,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
      )
    } catch {
      throw .unusable(path: folder.path, reason: error.localizedDescription)
    }
  }

  private static func folder(_ settings: Settings) -> URL {
    settings.stateFolder.appending(path: "migrations")
  }
}
