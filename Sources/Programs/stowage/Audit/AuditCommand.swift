import ArgumentParser
import Assembly
import Audit
import Core
import Foundation
import Glibc

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Finds what is open and should be shut, with proof by attempt.",
    discussion: """
      It reads the settings, the rules of the buckets, nginx's configuration, modes and ages of files, and tries what must be \
      refused: requests without credentials, forged identities and events, expired and changed URLs, old versions of TLS. Each \
      finding quotes the answer. It writes a few small objects under audit/ in each bucket and removes them, also after Ctrl-C, \
      and changes nothing else.

      An outcome is pass, fail, manual (a person must look) or unknown (it could not be examined; never a pass). A failure \
      that you accept is muted in the file of STOWAGE_AUDIT_MUTES, with a reason and a last day; after that day it fails again.

      To ask for another user's file it needs the token of a user, from --token-file; in development it makes one.

      --json prints {"version", "auditedAt", "isComplete", "counts", "findings": [{"id", "area", "severity", "outcome", \
      "title", "where", "found", "evidence", "why", "mend", "mappings", "muted", "expiredMute"}], "leftBehind"}. --sarif \
      writes the failures that no mute covers in SARIF 2.1.0. docs/audit.md lists the checks, and so does --list.

      Exit status: 0 no failure of at least --fail-on; 1 a failure of at least --fail-on that no mute covers, or something of \
      the probes is left behind; 2 no such failure, but a check of at least --fail-on is unknown; 64 an argument or the file \
      of --token-file is not usable; 74 the file of --sarif or the output cannot be written; 78 the settings or the file of \
      mutes are not usable; 130 Ctrl-C stopped it.

      Examples:
        stowage audit
        stowage audit --only nginx --only 'bucket.anonymous-*'
        stowage audit --fail-on high --sarif audit.sarif
        stowage audit --json | jq -r '.findings[] | select(.outcome == "fail" and .muted == null) | .id'
        stowage audit --list
      """
  )

  @Option(
    name: .long,
    help: ArgumentHelp("Only this check or area; * stands for any text. Repeat it for several.", valueName: "id")
  )
  var only: [String] = []
  @Option(
    help: ArgumentHelp(
      "The lowest severity that fails: low, medium, high or critical (default: medium).",
      valueName: "severity"
    ),
    transform: severity
  )
  var failOn = Severity.medium
  @Flag(help: "Lists the checks, and makes none.")
  var list = false
  @Flag(help: "Prints one JSON document, for programs.")
  var json = false
  @Option(help: ArgumentHelp("Writes the open failures to this file in SARIF 2.1.0.", valueName: "file"))
  var sarif: String?
  @Option(
    help: ArgumentHelp("The file of mutes, instead of STOWAGE_AUDIT_MUTES; none for no mutes.", valueName: "file")
  )
  var mutes: String?
  @Option(help: ArgumentHelp("A file with the token of a user, to ask for the files of others.", valueName: "file"))
  var tokenFile: String?
  @Flag(help: "Shows also what passed.")
  var all = false

  private static func severity(_ text: String) throws -> Severity {
    guard let severity = Severity(rawValue: text) else {
      throw ValidationError("'\(text)' is no severity; expected low, medium, high or critical")
    }
    return severity
  }

  func run() throws {
    let checks = try chosen()
    if list { return try orExplain { try show(checks) } }
    let app = Application.startCommand("stowage")
    try orExplain {
      let mutes = try readMutes(app.settings)
      let token = try tokenFile.map { try GivenToken(file: $0, claim: app.settings.tokens.userClaim) }
      let trap = SignalTrap()
      // Without a reader of the output, the audit ends like after Ctrl-C, and still removes what it wrote.
      signal(SIGPIPE, SIG_IGN)
      let isStopped = trap.test
      let audit = Audit(subject(app, token), mutes: mutes)
      let report = audit.run(checks, at: .now) { isStopped() || StandardOutput.hasFailed }
      let isWritten = try writeSarif(report)
      try present(report)
      if trap.isTriggered {
        let left = report.leftBehind.isEmpty ? "; what was written is removed" : ""
        Terminal.complain("stopped\(left)")
        throw ExitCode(SignalTrap.status)
      }
      keep(report, app, at: .now)
      guard isWritten else { throw ExitCode(EX_IOERR) }
      guard report.leftBehind.isEmpty else { throw ExitCode.failure }
      switch report.verdict(from: failOn) {
      case .fail: throw ExitCode.failure
      case .unknown: throw ExitCode(2)
      case .pass, .manual: return
      }
    }
  }

  private func chosen() throws -> [Check] {
    guard !only.isEmpty else { return Check.all }
    var wanted: Set<String> = []
    for pattern in only {
      let found = Check.all.filter { $0.area == pattern || fnmatch(pattern, $0.id, 0) == 0 }
      guard !found.isEmpty else {
        let areas = Check.all.map(\.area).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        throw ValidationError("'\(pattern)' is no check and no area; areas are \(areas.joined(separator: ", "))")
      }
      wanted.formUnion(found.map(\.id))
    }
    return Check.all.filter { wanted.contains($0.id) }
  }

  private func readMutes(_ settings: Settings) throws -> Mutes {
    guard let path = mutes.map({ $0 == "none" ? nil : $0 }) ?? settings.audit.mutesFile else { return Mutes() }
    do { return try Mutes(path: path, at: .now) } catch {
      for problem in error.problems { Terminal.complain(Wording.printable("\(path): \(problem)")) }
      throw ExitCode(EX_CONFIG)
    }
  }
}
