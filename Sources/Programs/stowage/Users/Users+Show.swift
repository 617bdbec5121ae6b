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
      abstract: "Shows one user: plan, quota, usage and files by state.",
      discussion: """
        Exit status 1 if the database has no such user.

        Examples:
          stowage users show alice
          stowage users show alice --json
        """
    )

    @Argument(help: "The user.", transform: userID)
    var user: UserID

    @Flag(help: "Prints one JSON object, for programs.")
    var json = false

    func run() throws {
      let app = Application.startCommand("stowage")
      var isKnown = false
      try orExplain {
        let database = try app.database
        guard let record = try database.user(user) else { return }
        isKnown = true
        let holdings = try database.holdings(of: user)
        let progress = record.retagSince == nil ? nil : try database.retagProgress(of: user)
        if json {
          print(try JSONLine.encode(UserDescription(record, holdings, progress)))
        } else {
          printLabelled(UserTable.lines(record, holdings, progress))
        }
      }
      guard isKnown else { throw unknown(user, app) }
    }
  }

  struct Change: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set",
      abstract: "Changes a user's plan or quota.",
      discussion: """
        The command prints the old and the new values. A quota below the current usage is allowed: no file is removed, and \
        new uploads are refused until there is room. Exit status 1 if the database has no such user, unless --create \
        creates the account.

        After a change of the plan, the worker changes the tags of the user's files; \
        `stowage users show` says how many are left.

        Examples:
          stowage users set alice --quota "50 GB"
          stowage users set alice --plan premium --quota 1.5TB
          stowage users set bob --plan premium --create
        """
    )

    @Argument(help: "The user.", transform: userID)
    var user: UserID

    @Option(
      help: "The plan: standard or premium; files of premium users are never deleted by age.",
      transform: userPlan
    )
    var plan: Plan?

    @Option(
      help: "Bytes, or a size such as 500MB, 5GiB or \"1.5 TB\"; MB and MiB are both 1,048,576 bytes.",
      transform: byteCount
    )
    var quota: Int64?

    @Flag(help: "Creates the user if there is none; plan and quota are the defaults unless given.")
    var create = false

    func validate() throws {
      guard plan != nil || quota != nil || create else {
        throw ValidationError("say what to change: --plan, --quota or both")
      }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      var change: UserChange?
      try orExplain {
        let defaults = create ? app.settings.accounts : nil
        change = try app.database.change(user, plan: plan, quotaBytes: quota, orMakeWith: defaults, at: .now)
      }
      guard let change else { throw unknown(user, app, " --create makes them.") }
      printLabelled(UserTable.lines(change))
    }
  }
}

func printLabelled(_ lines: [(label: String, text: String)]) {
  for line in lines { print(line.label.padding(toLength: 10, withPad: " ", startingAt: 0) + line.text) }
}

/// Prints that `user` is unknown, and returns the exit status.
func unknown(_ user: UserID, _ app: Application, _ advice: String = "") -> ExitCode {
  Terminal.complain("no user \(user) is known to this database (\(app.settings.database)).\(advice)")
  return .failure
}
