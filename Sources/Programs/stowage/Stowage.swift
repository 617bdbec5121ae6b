//  stowage: everything an administrator does.
//
//  Reads the file that STOWAGE_CONFIG names and the environment, as every process does. Exit status: 0 done, 1 something
//  is wrong (the text says what to do), 64 wrong usage, 74 the output cannot be written, 78 the configuration is not
//  usable.

import ArgumentParser
import Assembly
import Core
import Foundation
import Migration

@main
struct Stowage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stowage",
    abstract: "Administers a Stowage node: buckets, files, jobs, users, tokens and checks.",
    discussion: """
      Settings come from the file that STOWAGE_CONFIG names and from the environment; conf/stowage.env explains each.

      Examples:
        STOWAGE_CONFIG=/etc/stowage/stowage.env stowage doctor
        stowage audit
        stowage buckets apply
        stowage jobs list
        stowage sweep --dry-run
        stowage cleanup --dry-run
        stowage usage collect
        stowage token --user demo
        stowage usage forecast
        stowage users list
        stowage files list --user alice
        stowage migrate run /uploads --dry-run
        stowage swap files /usr/lib/stowage-1.3/files

      Shell completion: `stowage --generate-completion-script bash` prints a script for bash; zsh and fish work too.
        stowage --generate-completion-script bash > /etc/bash_completion.d/stowage

      Manual page: `swift package generate-manual` in the sources writes \
      .build/plugins/GenerateManual/outputs/stowage/stowage.1.
      """,
    version: "stowage \(Version.current)",
    subcommands: [
      AuditCommand.self, BucketsCommand.self, CleanupCommand.self, Config.self, DoctorCommand.self, Files.self,
      Jobs.self, Migrate.self, PermissionsCommand.self,
      SwapCommand.self,
      Sweep.self,
      Token.self, UsageCommand.self, Users.self, Variants.self,
    ]
  )

  static func main() {
    StandardOutput.watch()
    if let complaint = UnknownCommand.complaint(about: Array(CommandLine.arguments.dropFirst()), of: self) {
      Terminal.complain(complaint)
      Foundation.exit(64)
    }
    main(nil)
  }
}

private let doctorAdvice = "Run `stowage doctor` to see what is wrong."

extension ParsableCommand {
  /// Runs `body`; prints an error as text to standard error and then exits with status 1.
  ///
  /// An exit status and a usage error pass through.
  func orExplain(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as ExitCode {
      throw error
    } catch let error as ValidationError {
      throw error
    } catch let error as StorageError {
      Terminal.complain(explanation(of: error))
      throw ExitCode.failure
    } catch MigrationError.database(let error) {
      Terminal.complain(explanation(of: error))
      throw ExitCode.failure
    } catch {
      Terminal.complain("\(error)")
      throw ExitCode.failure
    }
  }

  private func explanation(of error: StorageError) -> String {
    switch error {
    case .invalidRequest(let text): text
    case .unavailable(let detail), .unexpected(let detail): "\(detail)\n\(doctorAdvice)"
    default: "\(error)\n\(doctorAdvice)"
    }
  }
}
