import ArgumentParser
import Assembly
import Catalog
import Core
import Database
import Foundation
import Operations

extension Users {
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says everything about one user.",
      discussion: """
        Plan, quota, what of it is used and reserved, and files by state. Exit status 1 if nobody of that name is known.

        Examples:
          stowage users show alice
          stowage users show alice --json
        """
    )

    @Argument(help: "The user.", transform: userID)
    var user: UserID

    @Flag(help: "One JSON object, for programs.")
    var json = false

    func run() throws {
      let app = Application.startCommand("stowage")
      var isKnown = false
      try orExplain { () throws(StorageError) in
        let database = try app.database
        guard let record = try database.user(user) else { return }
        isKnown = true
        let holdings = try database.holdings(of: user)
        if json {
          print(try JSONLine.encode(UserDescription(record, holdings)))
        } else {
          printLabelled(UserTable.lines(record, holdings))
        }
      }
      guard isKnown else { throw unknown(user, app) }
    }
  }

  struct Change: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set",
      abstract: "Gives a user another plan or quota.",
      discussion: """
        Says what was and what is now; the same again changes nothing. A quota below what is taken is allowed: nothing is \
        removed, and nothing new is accepted until there is room. Exit status 1 if nobody of that name is known, unless \
        --create makes them.

        Examples:
          stowage users set alice --quota "50 GB"
          stowage users set alice --plan premium --quota 1.5TB
          stowage users set bob --plan premium --create
        """
    )

    @Argument(help: "The user.", transform: userID)
    var user: UserID

    @Option(help: "standard, or premium: exempt from lifecycle rules.", transform: userPlan)
    var plan: Plan?

    @Option(help: "In bytes, or as \"500 MB\", \"5 GB\", \"1.5 TB\" (powers of 1,024).", transform: byteCount)
    var quota: Int64?

    @Flag(help: "Makes the user where nobody of that name is known; what is not given is the default.")
    var create = false

    func validate() throws {
      guard plan != nil || quota != nil || create else { throw ValidationError("--plan, --quota or both") }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      var change: UserChange?
      try orExplain { () throws(StorageError) in
        let defaults = create ? app.settings.accounts : nil
        change = try app.database.change(user, plan: plan, quotaBytes: quota, orMakeWith: defaults, at: .now)
      }
      guard let change else { throw unknown(user, app, " --create makes them.") }
      printLabelled(UserTable.lines(change))
    }
  }
}

private func printLabelled(_ lines: [(label: String, text: String)]) {
  for line in lines { print(line.label.padding(toLength: 10, withPad: " ", startingAt: 0) + line.text) }
}

/// Prints that `user` is unknown, and returns the exit status.
func unknown(_ user: UserID, _ app: Application, _ advice: String = "") -> ExitCode {
  Terminal.complain("no user \(user) is known to this database (\(app.settings.databasePath)).\(advice)")
  return .failure
}
