/// The text that a program prints instead of starting: its help, its version, or a complaint about its arguments.
public struct LaunchAnswer: Hashable, Sendable {
  /// The text, without a line break at the end.
  public let text: String
  /// The exit status: 0, or 64 for an unknown argument (EX_USAGE).
  ///
  /// Source: https://man7.org/linux/man-pages/man3/sysexits.h.3head.html
  public let status: Int32

  /// The answer to `arguments`; nil if the program starts, which it does without arguments and with those of `accepted`.
  ///
  /// `help` is the text for `--help`.
  public init?(to arguments: [String], of program: String, help: String, accepting accepted: [String] = []) {
    guard arguments != [], arguments.count != 1 || !accepted.contains(arguments[0]) else { return nil }
    switch arguments[0] {
    case "--help", "-h": (text, status) = (help, 0)
    case "--version": (text, status) = ("\(program) \(Version.current)", 0)
    default:
      let unknown = arguments.first { !accepted.contains($0) } ?? arguments[1]
      let complaint = "\(program): unexpected argument '\(Wording.printable(unknown))'"
      (text, status) = ("\(complaint)\nRun `\(program) --help` for help.", 64)
    }
  }
}
