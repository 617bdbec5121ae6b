import ArgumentParser
import Assembly
import Core
import Foundation
import Tokens

struct Token: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints a bearer token, for developers.",
    discussion: """
      Signed with the secret in STOWAGE_TOKEN_KEY_FILE. Refused unless STOWAGE_ENVIRONMENT is development: in production \
      your application makes the tokens.

      Examples:
        stowage token --user demo
        stowage token --user root --role admin --hours 1
      """
  )

  @Option(help: "The user: 1 to 128 of A-Z a-z 0-9 . _ @ -")
  var user: String

  @Option(help: "The role claim, for example admin.")
  var role: String?

  @Option(help: "How long it is valid, in hours, 1 to 720.")
  var hours = 24

  func validate() throws {
    guard UserID(user) != nil else { throw ValidationError("--user: 1 to 128 of A-Z a-z 0-9 . _ @ -, not . or ..") }
    guard (1...720).contains(hours) else { throw ValidationError("--hours: 1 to 720") }
  }

  func run() throws {
    let app = Application.startCommand("stowage")
    guard app.settings.environment == .development else {
      FileHandle.standardError.write(
        Data("stowage: tokens are made in development only (STOWAGE_ENVIRONMENT); your application makes them.\n".utf8)
      )
      throw ExitCode.failure
    }
    try orExplain { () throws(StorageError) in
      print(try app.tokenIssuer().token(subject: user, role: role, lifetime: hours * 3600, at: .now))
    }
  }
}
