import ArgumentParser
import Core

/// The complaint about a command that does not exist: it suggests the nearest one.
enum UnknownCommand {
  /// Nil if every command that `arguments` name exists, as far as commands go.
  static func complaint(about arguments: [String], of root: any ParsableCommand.Type) -> String? {
    var command = root
    var path = name(of: root)
    for argument in arguments[(arguments.first == "help" ? 1 : 0)...] {
      let commands = command.configuration.subcommands
      guard !commands.isEmpty, !argument.hasPrefix("-") else { return nil }
      guard let next = commands.first(where: { name(of: $0) == argument }) else {
        let names = commands.map(name(of:))
        let nearest = Spelling.nearest(to: argument, among: names).map { " Did you mean '\($0)'?" } ?? ""
        return "'\(Wording.printable(argument))' is not a command of \(path).\(nearest)\n"
          + "Commands: \(names.joined(separator: ", ")). Run `\(path) --help` for help."
      }
      command = next
      path += " " + argument
    }
    return nil
  }

  private static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? String(describing: command).lowercased()
  }
}
