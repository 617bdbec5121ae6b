import ArgumentParser
import Assembly
import Catalog
import Core
import Database
import Foundation

extension Files {
  struct Release: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Serves quarantined files of a migration, only as attachments.",
      discussion: """
        A file of a migration that a check refused is quarantined: its bytes are kept, and nobody can download it. A released \
        file is ready, as it is: no browser opens it inline, and it has no images. `stowage files show` names the reason of the \
        quarantine. A file that is not quarantined stays as it is. The command asks first.

        Exit status: 0 all files are released; 1 a file was not found, its bytes no longer exist, or the question was answered \
        with no.

        Examples:
          stowage files list --state quarantined
          stowage files release 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
          stowage files release 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15 --user alice --yes
        """
    )

    @OptionGroup var chosen: ChosenFiles

    @Flag(name: .customLong("yes"), help: "Skips the question.")
    var isAgreed = false

    func run() throws {
      let app = Application.startCommand("stowage")
      guard isAgreed || isConfirmed() else { throw ExitCode.failure }
      var isDone = false
      try orExplain {
        let removal = try FileRemoval(app)
        isDone = try chosen.change(in: app.database) { (file) throws(StorageError) in
          guard file.state == .quarantined else { return "is \(file.state.rawValue): nothing to release" }
          try removal.release(file.id, at: .now)
          return "released; it was quarantined for \(file.reason?.rawValue ?? "an unknown reason")"
        }
      }
      guard isDone else { throw ExitCode.failure }
    }

    private func isConfirmed() -> Bool {
      guard Terminal.canAsk else {
        Terminal.complain("release asks before it serves what was refused: run it at a terminal, or say --yes.")
        return false
      }
      let count = Wording.number(chosen.files.count, "file")
      if Terminal.confirms("Serve \(count) that the checks refused?") { return true }
      Terminal.complain("nothing was released.")
      return false
    }
  }
}
