import ArgumentParser
import Assembly
import Foundation

struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the settings in effect; secrets show as (set).",
    discussion: """
      Each line has the form of conf/stowage.env. "# default" marks a setting that neither the file nor the environment sets.

      Example: stowage config
      """
  )

  func run() throws {
    do throws(Assembly.Configuration.Invalid) {
      for entry in try Assembly.Configuration.load().entries {
        print("\(entry.name)=\(entry.value)\(entry.isDefault ? "   # default" : "")")
      }
    } catch {
      FileHandle.standardError.write(text: error.description)
      throw ExitCode(78)
    }
  }
}
