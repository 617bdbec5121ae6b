import Access
import ArgumentParser
import Assembly
import Core
import Foundation
import Tokens

struct Token: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints a bearer token for development.",
    discussion: """
      The token is signed with the secret in STOWAGE_TOKEN_KEY_FILE. The command works only with \
      STOWAGE_ENVIRONMENT=development: in production your application makes the tokens.

      A token without a role is a user's: it gives access to the user's own files. Role service lets an application \
      set plans and quotas and act for users (header Stowage-User). Role admin sets plans and quotas.

      Examples:
        stowage token --user demo
        stowage token --user root --role admin --hours 1
      """
  )

  @Option(help: "The user: \(UserID.expected).")
  var user: String

  @Option(help: "service or admin; without it, a plain user's token.", transform: tokenRole)
  var role: Role?

  @Option(help: "The token's lifetime in hours, 1 to 720.")
  var hours = 24

  func validate() throws {
    guard UserID(user) != nil else { throw ValidationError("--user: \(UserID.expected)") }
    guard (1...720).contains(hours) else { throw ValidationError("--hours: 1 to 720") }
  }

  func run() throws {
    let app = Application.startCommand("stowage")
    guard app.settings.environment == .development else {
      Terminal.complain("tokens are made in development only (STOWAGE_ENVIRONMENT); your application makes them.")
      throw ExitCode.failure
    }
    try orExplain {
      print(try app.tokenIssuer().token(user: user, role: role?.rawValue, lifetime: hours * 3600, at: .now))
    }
  }
}

/// A role by its name.
private func tokenRole(_ text: String) throws -> Role { try oneOf(text) }
