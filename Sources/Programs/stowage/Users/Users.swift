import ArgumentParser
import Assembly
import Catalog
import Core
import Database
import Foundation
import Operations

struct Users: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists and changes users, checks their usage, and erases users.",
    discussion: """
      A user's account is created by their first valid token, with STOWAGE_PLAN_DEFAULT and STOWAGE_QUOTA_DEFAULT_BYTES, or \
      earlier by `stowage users set --create`. Your application can do the same through /v1/users with a token of role service.

      Examples:
        stowage users list --sort used
        stowage users show alice
        stowage users set alice --plan premium --quota "50 GB"
        stowage users recount
        stowage users erase alice
      """,
    subcommands: [List.self, Show.self, Change.self, Recount.self, Erase.self]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists users.",
      discussion: """
        USED counts finished files, and deleted files until they are purged. RESERVED counts uploads in progress.

        Examples:
          stowage users list
          stowage users list --sort used --limit 10
          stowage users list --after alice
          stowage users list --json | jq -r 'select(.plan == "premium") | .id'
        """
    )

    @Option(help: "name, or used for the largest users first.", transform: userOrder)
    var sort = UserOrder.name

    @Option(help: "Starts after this user; with --sort name only.", transform: userID)
    var after: UserID?

    @Option(help: "Prints at most this many users; without it 50, with --json all.")
    var limit: Int?

    @Flag(help: "Prints one JSON object per line, for programs.")
    var json = false

    func validate() throws {
      guard (limit ?? 1) >= 1 else { throw ValidationError("--limit: 1 or more") }
      guard after == nil || sort == .name else { throw ValidationError("--after goes with --sort name") }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      let wanted = limit ?? (json ? Int.max : 50)
      try orExplain {
        let database = try app.database
        let all = json ? 0 : try database.userCount()
        if all > 0 { print(UserTable.header) }
        var shown = 0
        var last: UserID?
        try eachUser(of: database, limit: wanted) { (user) throws(StorageError) in
          print(json ? try JSONLine.encode(UserDescription(user)) : UserTable.line(user))
          shown += 1
          last = user.id
        }
        if !json { print(count(shown, of: all, last, isFull: shown == wanted)) }
      }
    }

    private func eachUser(
      of database: FileDatabase,
      limit: Int,
      _ body: (UserRecord) throws(StorageError) -> Void
    ) throws(StorageError) {
      guard sort == .name else {
        for user in try database.largestUsers(limit: limit) { try body(user) }
        return
      }
      var left = limit
      var last = after
      while left > 0 {
        let size = min(500, left)
        let page = try database.users(after: last, limit: size)
        for user in page { try body(user) }
        left -= page.count
        last = page.last?.id
        if page.count < size { break }
      }
    }

    private func count(_ shown: Int, of all: Int, _ last: UserID?, isFull: Bool) -> String {
      guard all > 0 else { return "No users: nobody came yet." }
      let total = Wording.number(all, "user")
      guard shown < all else { return "\(total)." }
      guard isFull, let last else { return "\(shown) of \(total)." }
      return "\(shown) of \(total); " + (sort == .name ? "--after \(last) goes on." : "--limit \(all) shows all.")
    }
  }
}
