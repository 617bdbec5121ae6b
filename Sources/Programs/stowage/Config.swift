import ArgumentParser
import Assembly
import Foundation

struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the settings in effect; secrets show as (set).",
    discussion: "Lines are as in conf/stowage.env; a value that nobody set is marked as the default."
  )

  func run() throws {
    do throws(Assembly.Configuration.Invalid) {
      for entry in try Assembly.Configuration.load().entries {
        print("\(entry.name)=\(entry.value)\(entry.isDefault ? "   # default" : "")")
      }
    } catch {
      FileHandle.standardError.write(Data(error.description.utf8))
      throw ExitCode(78)
    }
  }
}
