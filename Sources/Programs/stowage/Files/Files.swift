import ArgumentParser
import Assembly
import Catalog
import Core
import Database
import Foundation
import Operations

struct Files: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists, shows, deletes, restores, downloads and releases users' files.",
    discussion: """
      A file is named by its identifier, or by a key or URL that contains it. With --user, a command touches files of this \
      user only.

      Examples:
        stowage files list --user alice
        stowage files list --state rejected
        stowage files show 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
        stowage files delete 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15 --user alice
        stowage files download 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
      """,
    subcommands: [List.self, Show.self, Delete.self, Restore.self, Download.self, Release.self]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists files, newest first.",
      discussion: """
        Without --state the list has the files that are pending, received, ready or rejected. A rejected or quarantined \
        file has its reason on the next line.

        Examples:
          stowage files list --user alice --name invoice
          stowage files list --state rejected --limit 20
          stowage files list --state quarantined
          stowage files list --state deleted --user alice
          stowage files list --type 'image/*' --json | jq -r .sha256
        """
    )

    @Option(help: "Lists the files of this user; without it, of all users.", transform: userID)
    var user: UserID?

    @Option(help: "One state, or several with commas, such as ready,rejected.")
    var state: String?

    @Option(help: "A media type such as application/pdf, or a range such as image/*.")
    var type: String?

    @Option(help: "A part of the file's name, in any case.")
    var name: String?

    @Option(help: "Starts after this file.", transform: fileID)
    var after: FileID?

    @Option(help: "Prints at most this many files; without it 50, with --json all.")
    var limit: Int?

    @Flag(help: "Prints one JSON object per line, for programs.")
    var json = false

    func validate() throws {
      guard (limit ?? 1) >= 1 else { throw ValidationError("--limit: 1 or more") }
      do throws(StorageError) {
        _ = try filter()
      } catch {
        guard case .invalidRequest(let text) = error else { throw error }
        throw ValidationError("--\(text)")
      }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      let wanted = limit ?? (json ? Int.max : 50)
      try orExplain {
        let database = try app.database
        let catalog = try FileCatalog(app)
        let table = FileTable(width: Terminal.width, showsOwner: user == nil)
        var shown = 0
        let last = try eachFile(of: database, limit: wanted) { (file) throws(StorageError) in
          if json { return print(try JSONLine.encode(catalog.description(of: file))) }
          if shown == 0 { print(table.header) }
          shown += 1
          table.lines(file).forEach { print($0) }
        }
        if json { return }
        print(last.map { "More files follow; --after \($0) goes on." } ?? "\(Wording.number(shown, "file")).")
      }
    }

    private func filter() throws(StorageError) -> FileFilter {
      try FileFilter(states: state, type: type, name: name)
    }

    /// Calls `body` for up to `limit` files, reading page by page; returns the last one if more files follow.
    private func eachFile(
      of database: FileDatabase,
      limit: Int,
      _ body: (FileRecord) throws(StorageError) -> Void
    ) throws(StorageError) -> FileID? {
      var left = limit
      var last = after
      repeat {
        let size = min(500, left)
        let page =
          if let user { try database.files(of: user, filter(), after: last, limit: size) } else {
            try database.filesOfAll(filter(), after: last, limit: size)
          }
        for file in page.files { try body(file) }
        left -= page.files.count
        last = page.next
      } while left > 0 && last != nil
      return last
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows one file: owner, state, reason, size, digest, times and variants.",
      discussion: """
        `stowage jobs explain` says what happens next with a file, and looks at its objects. Exit status 1 if there is no such \
        file, or if it belongs to another user than --user names.

        Examples:
          stowage files show 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
          stowage files show 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15 --user alice --json
        """
    )

    @OptionGroup var chosen: ChosenFile

    @Flag(help: "Prints one JSON object, for programs.")
    var json = false

    func run() throws {
      let app = Application.startCommand("stowage")
      var found: FileRecord?
      try orExplain {
        found = try chosen.record(in: app.database)
        guard let found else { return }
        let description = try FileCatalog(app).description(of: found)
        if json { return print(try JSONLine.encode(description)) }
        printLabelled(FileTable.facts(found, app.settings.retention))
        printLabelled(
          description.variants.map { ($0.name, "\($0.width)×\($0.height), \(Wording.bytes($0.size)), \($0.url)") }
        )
      }
      if found == nil { throw chosen.unknown(app) }
    }
  }
}

extension FileCatalog {
  fileprivate init(_ app: Application) throws(StorageError) {
    self.init(database: try app.database, imagesURL: app.settings.imagesURL, retention: app.settings.retention)
  }
}
