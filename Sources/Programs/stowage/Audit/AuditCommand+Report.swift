import Assembly
import Audit
import Core
import Database
import Foundation

extension AuditCommand {
  /// Stores the result of a whole audit for the dashboard; says on standard error if that fails, and changes nothing else.
  func keep(_ report: AuditReport, _ app: Application, at now: Date) {
    guard only.isEmpty else { return }
    if let path = app.settings.database.path, !FileManager.default.fileExists(atPath: path) { return }
    let failed = report.findings.filter { $0.outcome == .fail && $0.mute == nil }
    let names = failed.prefix(10).map(\.check.id).joined(separator: ", ")
    let more = failed.count > 10 ? " and \(failed.count - 10) more" : ""
    let outcome = Report.Outcome(
      isGood: failed.isEmpty,
      text: failed.isEmpty ? "Nothing failed." : "Failed: \(names)\(more). Run stowage audit for the remedies.",
      figures: [
        .init("failed", Int64(report.count(.fail)), "checks"),
        .init("unknown", Int64(report.count(.unknown)), "checks"),
        .init("to be looked at", Int64(report.count(.manual)), "checks"),
        .init("passed", Int64(report.count(.pass)), "checks"), .init("muted", Int64(report.muted), "checks"),
      ]
    )
    do throws(StorageError) {
      try app.database.store(Report(name: .audit, at: now, node: Node.name, outcome: outcome))
    } catch {
      Terminal.complain("the result is not kept for the dashboard: \(Wording.printable("\(error)"))")
    }
  }
}
