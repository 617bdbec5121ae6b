internal import Core
internal import Database
internal import Foundation

extension MigrationStatus {
  /// The state as text for a terminal.
  public var words: String {
    var lines = uses.isEmpty ? ["no run yet"] : []
    for (index, use) in uses.enumerated() { lines.append(sentence(about: use, isNewest: index == 0)) }
    lines += amounts
    if lost > 0 {
      lines.append(
        "lost by the bucket: \(Wording.number(lost, "file")); the next run sends those that the disk has, such as:"
      )
      lines += lostPaths.map { "  \($0)" }
    }
    if stayBehind > 0 {
      lines.append("only on the disk, since they stay behind: \(findings.stayBehindWords)")
      for group in findings where group.staysBehind { lines += group.examples.map { "  \($0)" } }
    }
    if !failed.isEmpty {
      let count = totals[LedgerState.failed.rawValue]?.files ?? failed.count
      lines.append("reasons of the failures\(count > failed.count ? ", the first \(failed.count)" : ""):")
      lines += failed.map { "  \($0.path): \($0.reason)" }
    }
    if missing > 0 {
      lines.append("vanished from the disk and still in Stowage: \(Wording.number(missing, "file")), such as:")
      lines += missingPaths.map { "  \($0)" }
    }
    if rekeyed > 0 {
      lines.append("have a key by their identifier, since another has the key: \(Wording.number(rekeyed, "file"))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A line for each group of files.
  private var amounts: [String] {
    func total(_ states: LedgerState...) -> LedgerTotal {
      states.compactMap { totals[$0.rawValue] }.reduce(into: LedgerTotal()) { sum, total in
        sum.files += total.files
        sum.bytes += total.bytes
      }
    }
    let verified = total(.verified)
    let proven = verified.files > 0 ? "; verify has proven \(Wording.grouped(verified.files)) of them" : ""
    let groups: [(String, LedgerTotal, String)] = [
      ("in the bucket", total(.received, .verified), proven),
      ("in the bucket, and not yet recorded in the database", total(.sent), ""),
      ("prepared for sending", total(.begun), ""),
      ("not sent yet", total(.found), ""),
      ("changed on the disk, and not sent again yet", total(.changed), ""),
      ("failed at the last attempt", total(.failed), ""),
      ("of the files in the bucket, deleted from the disk by prune", pruned, ""),
      ("deleted in Stowage, so not sent again", total(.deleted), ""),
      ("gone from the disk, and not in Stowage", total(.vanished), ""),
    ]
    return groups.filter { $0.1.files > 0 }.map { name, total, more in
      "\(name): \(Wording.number(total.files, "file")), \(Wording.bytes(total.bytes))\(more)"
    }
  }

  private func sentence(about use: Use, isNewest: Bool) -> String {
    let start = "last \(use.command): from \(use.startedAt.ISO8601Format())"
    guard let end = use.endedAt else {
      if isNewest, isUnderWay { return "\(start), still under way\(process.map { " (process \($0))" } ?? "")" }
      return "\(start); it was killed, or an error ended it"
    }
    let outcome = use.outcome == "stopped" ? "a signal stopped it" : "it reached its end"
    return "\(start) to \(end.ISO8601Format()); \(outcome)"
  }
}
