import ArgumentParser
import Assembly
import Audit
import Core
import Foundation
import Glibc

extension AuditCommand {
  /// Prints the catalogue.
  func show(_ checks: [Check]) throws {
    if json { return print(try CatalogueDocument(checks).json()) }
    for check in checks {
      print("\(padded(check.severity.rawValue, 8))  \(padded(check.id, 28))  \(check.title)")
      if !check.mappings.isEmpty { print("          \(check.mappings.joined(separator: ", "))") }
    }
  }

  /// Writes the SARIF log, if one is wanted; says on standard error why it cannot be written, and returns false then.
  func writeSarif(_ report: AuditReport) throws -> Bool {
    guard let sarif else { return true }
    let log = Data((try report.sarif() + "\n").utf8)
    // A regular file is replaced in one step. Anything else, such as a pipe or a link, is written into and stays.
    var facts = stat()
    let isOther = lstat(sarif, &facts) == 0 && facts.st_mode & S_IFMT != S_IFREG
    do {
      if isOther {
        let descriptor = open(sarif, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: log)
      } else {
        try log.write(to: URL(fileURLWithPath: sarif), options: [.atomic])
      }
    } catch {
      let cause = error as? POSIXError ?? (error as? CocoaError)?.underlying as? POSIXError
      let reason = cause.map { ": " + String(cString: strerror($0.code.rawValue)) } ?? ""
      Terminal.complain(Wording.printable("--sarif \(sarif): cannot be written\(reason)"))
      return false
    }
    return true
  }

  /// Prints the report.
  func present(_ report: AuditReport) throws {
    for line in report.leftBehind { Terminal.complain("not removed: \(Wording.printable(line))") }
    if json { return print(try report.json()) }
    for finding in report.findings where all || finding.outcome != .pass { show(finding) }
    for mute in report.idleMutes {
      print("mute of \(mute.id)\(mute.place.map { " at \($0)" } ?? "") covers nothing; it can go")
    }
    let counts = [
      "\(report.count(.fail)) failed", "\(report.count(.unknown)) unknown", "\(report.count(.manual)) to be looked at",
      "\(report.count(.pass)) passed", "\(report.muted) muted",
    ]
    print(counts.joined(separator: ", "))
  }

  private func show(_ finding: Finding) {
    let check = finding.check
    let outcome = finding.mute == nil ? finding.outcome.rawValue : "muted"
    let word = outcome == "fail" ? "FAIL" : outcome
    print("\(padded(word, 7))  \(padded(check.severity.rawValue, 8))  \(check.id)  \(finding.place)")
    func add(_ mark: String, _ text: String) { print("         \(mark) \(Wording.printable(text))") }
    add(" ", finding.text)
    if let mute = finding.mute { return add("·", "until \(mute.until): \(mute.reason)") }
    if let mute = finding.expired { add("!", "was muted until \(mute.until): \(mute.reason)") }
    guard finding.outcome == .fail || finding.outcome == .unknown || all else { return }
    for quote in finding.evidence { add("“", quote) }
    guard finding.outcome == .fail else { return }
    add("?", check.why)
    add("→", check.mend)
    if !check.mappings.isEmpty { add(" ", check.mappings.joined(separator: ", ")) }
  }

  private func padded(_ text: String, _ length: Int) -> String {
    text.padding(toLength: max(length, text.count), withPad: " ", startingAt: 0)
  }
}
