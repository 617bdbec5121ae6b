public import Core
public import Database
import Foundation

/// Formats files as a table for a terminal; the last column is the name, and a reason has a separate line.
public struct FileTable: Sendable {
  private let width: Int
  private let showsOwner: Bool

  private static let minimumWidth = 80
  private static let identifierWidth = 37

  /// A table for a terminal of `width` columns; `showsOwner` adds a column for the owner.
  public init(width: Int, showsOwner: Bool) {
    self.width = max(width, Self.minimumWidth)
    self.showsOwner = showsOwner
  }

  /// The line with the names of the columns.
  public var header: String { columns("FILE", "STATE", "SIZE", "CREATED", "OWNER", "NAME") }

  /// Returns the lines of one file.
  public func lines(_ file: FileRecord) -> [String] {
    let line = columns(
      file.id.description,
      file.state.rawValue,
      Self.size(file),
      file.createdAt.formatted(Self.day),
      file.user.description,
      Wording.printable(file.filename)
    )
    let reason = file.reason.map { String(repeating: " ", count: Self.identifierWidth) + $0.rawValue }
    return [line] + (reason.map { [$0] } ?? [])
  }

  /// Returns the facts about one file, one per line, without its variants; `retention` deletes files by age.
  public static func facts(_ file: FileRecord, _ retention: RetentionRule) -> [(label: String, text: String)] {
    var facts = [
      ("file", file.id.description), ("owner", file.user.description), ("name", Wording.printable(file.filename)),
      ("type", Wording.printable(file.contentType)), ("size", size(file)), ("state", file.state.rawValue),
    ]
    if let reason = file.reason { facts.append(("reason", reason.rawValue)) }
    if let sha256 = file.sha256 { facts.append(("sha256", sha256.description)) }
    if file.hasActiveContent { facts.append(("content", "active: scripts, programs or external content")) }
    facts.append(("visible", file.visibility.rawValue))
    facts.append(("created", file.createdAt.formatted(.iso8601)))
    if let time = file.readyAt { facts.append(("ready", time.formatted(.iso8601))) }
    if let migration = file.migration { facts.append(("migrated", "by the run \(Wording.printable(migration))")) }
    if file.state == .ready { facts.append(("deletes", deletion(file, retention))) }
    if let time = file.deletedAt { facts.append(("deleted", time.formatted(.iso8601) + restorability(file, time))) }
    if let removal = file.removal { facts.append(("removed", words(removal))) }
    facts.append(("object", Wording.printable(file.judgedKey)))
    return facts
  }

  private static func deletion(_ file: FileRecord, _ retention: RetentionRule) -> String {
    guard let time = retention.deletion(of: file.retention) else {
      return retention.days == nil ? "never: no file is deleted by age" : "never: the owner is premium"
    }
    let way = retention.isTagged(file.retention) ? "" : ", by `stowage cleanup` alone"
    return "by age, from \(time.formatted(.iso8601))\(way)"
  }

  private static func words(_ removal: Removal) -> String {
    switch removal {
    case .lifecycle: "by a lifecycle rule of the store"
    case .cleanup(let run): "by age, in the run \(Wording.printable(run)) of `stowage cleanup`"
    }
  }

  private static func restorability(_ file: FileRecord, _ deletion: Date) -> String {
    guard file.isRestorable else { return "" }
    return ", can be restored until \(Retention.end(ofFileDeletedAt: deletion).formatted(.iso8601))"
  }

  private static func size(_ file: FileRecord) -> String {
    guard let size = file.size else {
      return file.isSizeLimit ? "?" : Wording.bytes(file.claimedSize)
    }
    return Wording.bytes(size)
  }

  private static let day = Date.ISO8601FormatStyle().year().month().day()

  private func columns(_ file: String, _ state: String, _ size: String, _ day: String, _ owner: String, _ name: String)
    -> String
  {
    let first = file.padded(to: Self.identifierWidth) + state.padded(to: 12) + size.padded(to: 11) + day.padded(to: 12)
    let line = first + (showsOwner ? owner.cut(to: 20).padded(to: 22) : "")
    return line + name.cut(to: max(8, width - line.count))
  }
}
