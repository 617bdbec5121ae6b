public import Foundation
import Glibc
import S3

/// A failure that an administrator accepts until a day, for a reason.
public struct Mute: Sendable, Hashable {
  /// The check.
  public let id: String
  /// The place, with `*` for any characters; nil for every place.
  public let place: String?
  /// The reason.
  public let reason: String
  /// The last day of the mute, in UTC, such as `2027-03-31`.
  public let until: String

  /// True if the mute covers this check at this place.
  func covers(_ finding: Finding) -> Bool {
    finding.check.id == id && (place.map { fnmatch($0, finding.place, 0) == 0 } ?? true)
  }

  /// True after the last day.
  func isExpired(at now: Date) -> Bool { String(now.ISO8601Format().prefix(10)) > until }
}

/// The mutes of `conf/audit-mutes.json`.
public struct Mutes: Sendable {
  /// The file is malformed; each problem names its place.
  public struct Malformed: Error, CustomStringConvertible {
    /// The problems.
    public let problems: [String]
    /// The problems, one a line.
    public var description: String { problems.joined(separator: "\n") }
  }

  /// The mutes in the order of the file.
  public let all: [Mute]

  /// No mutes.
  public init() { all = [] }

  /// Reads a file of at most 1 MB; everybody's word counts for nothing, so nobody but its owner and group may write it.
  public init(path: String, at now: Date) throws(Malformed) {
    guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: 1 << 20) else {
      throw Malformed(problems: ["cannot be read; STOWAGE_AUDIT_MUTES=none means no mutes"])
    }
    let closed = FileFacts.closed(path, to: 0o002)
    guard closed.outcome == .pass else {
      throw Malformed(problems: ["\(closed.text): mutes count only if others cannot write them; chmod o-w"])
    }
    try self.init(json: Array(data), at: now)
  }

  /// The most years that a mute may last.
  private static let maximumYears = 5

  /// Reads the document strictly: every unknown member and check, and every missing reason or date is a problem, and so is a
  /// last day more than five years after `now`.
  public init(json: [UInt8], at now: Date) throws(Malformed) {
    let document: JSONValue
    do { document = try JSONValue(json: json) } catch { throw Malformed(problems: ["no JSON: \(error.reason)"]) }
    var problems = document.members.keys.filter { $0 != "mutes" }.sorted().map {
      "\($0): an unknown member; expected mutes"
    }
    guard case .array(let items)? = document["mutes"] else {
      throw Malformed(problems: problems + ["mutes: expected a list"])
    }
    var mutes: [Mute] = []
    for (index, item) in items.enumerated() {
      let (mute, found) = Self.read(item, at: now)
      problems += found.map { "mutes[\(index)]: \($0)" }
      if let mute { mutes.append(mute) }
    }
    guard problems.isEmpty else { throw Malformed(problems: problems) }
    all = mutes
  }

  private static func read(_ item: JSONValue, at now: Date) -> (Mute?, problems: [String]) {
    let known = ["id", "where", "reason", "until"]
    var problems = Set(item.members.keys).subtracting(known).sorted().map {
      "\($0): an unknown member; expected \(known.joined(separator: ", "))"
    }
    let id = item["id"]?.string ?? ""
    if Check.named(id) == nil {
      problems.append("id: '\(id)' is no check; `stowage audit --list` lists them")
    }
    let place = item["where"]?.string
    if item["where"] != nil, place?.isEmpty ?? true {
      problems.append("where: expected a place, * stands for any text")
    }
    let reason = item["reason"]?.string ?? ""
    if reason.trimmingCharacters(in: .whitespaces).count < 10 {
      problems.append("reason: expected a sentence that a stranger understands")
    }
    let until = item["until"]?.string ?? ""
    if !isDay(until) {
      problems.append("until: expected the last day, such as 2027-03-31")
    } else if until > day(yearsAfter: now) {
      problems.append("until: expected a day within \(maximumYears) years; a mute is an exception that ends")
    }
    guard problems.isEmpty else { return (nil, problems) }
    return (Mute(id: id, place: place, reason: reason, until: until), [])
  }

  private static func day(yearsAfter now: Date) -> String {
    let text = now.ISO8601Format()
    return "\((Int(text.prefix(4)) ?? 0) + maximumYears)" + text.dropFirst(4).prefix(6)
  }

  private static func isDay(_ text: String) -> Bool {
    guard text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil else { return false }
    guard let date = try? Date("\(text)T00:00:00Z", strategy: .iso8601) else { return false }
    return date.ISO8601Format().hasPrefix(text)
  }

  /// Returns the finding with the mute that covers it, or with the one that did until its date.
  func applied(to finding: Finding, at now: Date) -> Finding {
    guard finding.outcome == .fail else { return finding }
    var finding = finding
    let covering = all.filter { $0.covers(finding) }
    finding.mute = covering.first { !$0.isExpired(at: now) }
    if finding.mute == nil { finding.expired = covering.first }
    return finding
  }

  /// Returns the mutes that cover no finding, although their check passed.
  func idle(in findings: [Finding]) -> [Mute] {
    all.filter { mute in
      let own = findings.filter { $0.check.id == mute.id }
      return own.contains { $0.outcome == .pass } && own.allSatisfy { [.pass, .fail].contains($0.outcome) }
        && !own.contains { ($0.mute ?? $0.expired) == mute }
    }
  }
}
