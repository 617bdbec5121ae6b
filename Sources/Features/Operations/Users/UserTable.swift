import Core
public import Database
import Foundation

/// Formats users as a table for a terminal; the last column is the identifier, in full length.
public enum UserTable {
  /// The line with the names of the columns.
  public static let header = columns("PLAN", "USED", "RESERVED", "QUOTA", "FULL", "USER")

  /// Returns the line of one user.
  public static func line(_ user: UserRecord) -> String {
    columns(
      user.plan.rawValue,
      Wording.bytes(user.usedBytes),
      Wording.bytes(user.reservedBytes),
      Wording.bytes(user.quotaBytes),
      "\(user.percentTaken) %",
      user.id.description
    )
  }

  /// Returns all facts about one user, one per line.
  ///
  /// `progress` is nil if the tags of the user's files need no change.
  public static func lines(
    _ user: UserRecord,
    _ holdings: [Holding],
    _ progress: RetagProgress? = nil
  ) -> [(label: String, text: String)] {
    let open = holdings.first { $0.state == .pending }?.count ?? 0
    let files = holdings.map { holding in
      let held = holding.heldBytes > 0 ? " (\(Wording.bytes(holding.heldBytes)))" : ""
      return "\(holding.count) \(holding.state.rawValue)\(held)"
    }
    return [
      ("user", user.id.description),
      ("plan", user.plan.rawValue + (user.standardSince.map { ", premium until \($0.formatted(.iso8601))" } ?? "")),
      ("quota", exact(user.quotaBytes)),
      ("used", exact(user.usedBytes) + ", by finished files; deleted ones count until they are purged"),
      ("reserved", exact(user.reservedBytes) + ", by \(Wording.number(open, "open upload")) and files not judged yet"),
      ("left", exact(user.availableBytes) + " (\(user.percentTaken) % of the quota used)"),
      ("files", files.isEmpty ? "none" : files.joined(separator: ", ")),
      ("since", user.createdAt.formatted(.iso8601)),
    ] + (progress.map { [("tags", words($0))] } ?? [])
  }

  /// Returns the effect of a change: the old and new values, or the new user.
  public static func lines(_ change: UserChange) -> [(label: String, text: String)] {
    let (before, after) = (change.before, change.after)
    func words(_ before: String?, _ after: String) -> String {
      guard let before else { return after }
      return before == after ? "\(after), as before" : "\(before) → \(after)"
    }
    let overflow = after.usedBytes + after.reservedBytes - after.quotaBytes
    let warning = "\(Wording.bytes(overflow)) above the quota: new uploads are refused, existing files stay"
    let hasNewPlan = before.map { $0.plan != after.plan } ?? false
    let following =
      after.plan == .premium
      ? "the worker removes those of the files; stowage users show \(after.id) says how many are left"
      : "files that are there get none: only stowage cleanup deletes them by age, after STOWAGE_DOWNGRADE_NOTICE_DAYS"
    return [
      ("user", after.id.description + (before == nil ? ", made now" : "")),
      ("plan", words(before?.plan.rawValue, after.plan.rawValue)),
      ("quota", words((before?.quotaBytes).map(exact), exact(after.quotaBytes))),
    ] + (overflow > 0 ? [("over", warning)] : []) + (hasNewPlan ? [("tags", following)] : [])
  }

  private static func words(_ progress: RetagProgress) -> String {
    guard progress.left > 0 else { return "the worker has yet to compare them with the plan" }
    return "\(Wording.grouped(progress.left)) of \(Wording.number(progress.total, "file")) still to change"
  }

  /// Returns a size in both forms: `5 GB (5368709120 bytes)`, or `500 bytes`.
  private static func exact(_ bytes: Int64) -> String {
    let words = Wording.bytes(bytes)
    return bytes < 1024 ? words : "\(words) (\(bytes) bytes)"
  }

  private static func columns(_ values: String...) -> String {
    let widths = [10, 12, 12, 12, 7]
    let padded = zip(values, widths).map { value, width in value.padded(to: width) }
    return padded.joined() + values.dropFirst(widths.count).joined()
  }
}

extension UserRecord {
  /// The used share of the quota, in whole percent; 100 for a quota of 0.
  fileprivate var percentTaken: Int {
    quotaBytes == 0 ? 100 : Int((Double(usedBytes + reservedBytes) / Double(quotaBytes) * 100).rounded())
  }
}
