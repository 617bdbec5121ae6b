import ArgumentParser
import Assembly
import Catalog
import Core
import Database
import Foundation
import Processing

extension Files {
  struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Deletes files; they can be restored for 30 days.",
      discussion: """
        The images leave nginx's caches before the command ends, or within seconds after it. With --permanent, workers \
        remove every version of the objects, and nothing can be restored; the command asks first. A quarantined file is \
        quarantined again after a restore.

        Exit status: 0 all files are deleted; 1 a file was not found, or the question was answered with no.

        Examples:
          stowage files delete 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
          stowage files delete 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15 --user alice --permanent --yes
        """
    )

    @OptionGroup var chosen: ChosenFiles

    @Flag(help: "Removes every version, for good.")
    var permanent = false

    @Flag(name: .customLong("yes"), help: "Skips the question.")
    var isAgreed = false

    func run() throws {
      let app = Application.startCommand("stowage")
      guard try !permanent || isAgreed || isConfirmed() else { throw ExitCode.failure }
      var isDone = false
      try orExplain {
        let database = try app.database
        let removal = try FileRemoval(app)
        isDone = try chosen.change(in: database) { (file) throws(StorageError) in
          try removal.delete(file.id, of: file.user, permanently: permanent, at: .now)
          CacheInvalidation(database: database, cacheNodes: app.settings.cacheNodes).purge([file.id])
          return permanent ? "deleted for good: a worker removes its bytes now" : "deleted"
        }
      }
      guard isDone else { throw ExitCode.failure }
    }

    private func isConfirmed() throws -> Bool {
      guard Terminal.canAsk else {
        Terminal.complain(
          "--permanent asks before it deletes: run it at a terminal, or say --yes. Nothing was deleted."
        )
        return false
      }
      let count = Wording.number(chosen.files.count, "file")
      if Terminal.confirms("Delete \(count) with every version, for good?") { return true }
      Terminal.complain("nothing was deleted.")
      return false
    }
  }

  struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Restores files that were deleted in the last 30 days.",
      discussion: """
        A restored image gets its variants from a worker, or at the first request. A file that is not deleted stays as it is.

        Exit status: 0 all files are restored; 1 a file was not found, or its bytes no longer exist.

        Examples:
          stowage files list --state deleted --user alice
          stowage files restore 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15 --user alice
        """
    )

    @OptionGroup var chosen: ChosenFiles

    func run() throws {
      let app = Application.startCommand("stowage")
      var isDone = false
      try orExplain {
        let removal = try FileRemoval(app)
        isDone = try chosen.change(in: app.database) { (file) throws(StorageError) in
          try removal.restore(file.id, of: file.user, at: .now)
          return file.state == .deleted ? "restored" : "is \(file.state.rawValue): nothing to restore"
        }
      }
      guard isDone else { throw ExitCode.failure }
    }
  }
}

extension FileRemoval {
  init(_ app: Application) throws(StorageError) {
    self.init(
      database: try app.database,
      store: try app.interactiveStore,
      bucket: app.settings.buckets.raw,
      imagesURL: app.settings.imagesURL,
      retention: app.settings.retention
    )
  }
}
