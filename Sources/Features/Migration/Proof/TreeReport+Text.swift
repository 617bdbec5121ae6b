internal import Core
internal import Foundation

extension TreeReport {
  /// The report as the bytes of a JSON document, which a signature covers.
  public var json: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
  }

  /// Reads a report; throws if the document has another form, or if its sums contradict each other.
  public init(json: [UInt8]) throws(ReportError) {
    guard let report = try? JSONDecoder().decode(TreeReport.self, from: Data(json)) else { throw .noReport }
    guard report.form == TreeReport.form else { throw .otherForm(report.form) }
    let files = report.users.reduce(0) { $0 &+ $1.tree.files }
    let bytes = report.users.reduce(Int64(0)) { $0 &+ $1.tree.bytes }
    guard files == report.tree.files, bytes == report.tree.bytes else { throw .contradiction }
    self = report
  }

  private static var form: String { "stowage-migration-report-1" }

  /// The report as one page of text; users and differences up to `limit` lines each.
  public func text(limit: Int = 40) -> String {
    func amount(_ amount: Amount) -> String {
      "\(Wording.grouped(amount.files)) \(amount.files == 1 ? "file" : "files"), \(Wording.bytes(amount.bytes))"
    }
    func plain(_ text: String) -> String { Wording.printable(text) }
    var lines = [
      "Migration of \(plain(folder)) to the bucket \(plain(bucket)) at \(plain(store))",
      "Compared from \(plain(startedAt)) to \(plain(endedAt)) by Stowage \(plain(version))",
      "Command: \(plain(arguments.joined(separator: " ")))",
      "",
      isClean ? "Result: no difference." : "Result: DIFFERENCES, see below.",
      "",
      "The tree: \(amount(Amount(tree))), digest \(plain(tree.root)) (\(plain(tree.algorithm)))",
      "  \(comparison)",
      "Same in \(isFolderMissing == true ? "" : "tree, ")ledger, database and bucket: \(amount(same))",
    ]
    let names = [
      "list": "by the list's entity tags", "checksum": "by the store's checksums",
      "readBack": "read back from the bucket",
    ]
    for means in ["list", "checksum", "readBack"] {
      if let total = self.means[means] { lines.append("  \(names[means] ?? means): \(amount(total))") }
    }
    lines += [
      "Not proven without reading back: \(amount(unproven))",
      "On the disk: \(amount(disk)); in the bucket: \(Wording.number(objects.files, "version"))"
        + (listedUsers.map { " of the tree's \(Wording.number($0, "user")) alone" } ?? ""),
      "Deleted in Stowage: \(deleted); removed from the disk by prune: \(removed)",
      "Accepted without a scan: \(amount(unscanned))",
    ]
    lines += unscannedFiles.prefix(limit).map { "  \(plain($0.path)), \(Wording.bytes($0.size))" }
    lines.append("")
    let signs = [("-", "missing"), ("+", "only in the bucket"), ("*", "different"), ("!", "not comparable")]
    let counts = signs.map { "\(differenceCounts[$0.0] ?? 0) \($0.1) (\($0.0))" }
    lines.append("Differences: " + counts.joined(separator: ", "))
    lines += differences.prefix(limit).map { "  \(plain($0.sign)) \(plain($0.path)): \(plain($0.reason))" }
    let all = differenceCounts.values.reduce(0, &+)
    if all > min(limit, differences.count) { lines.append("  … \(all - min(limit, differences.count)) more") }
    lines += ["", "Users: \(Wording.grouped(users.count))"]
    lines += users.prefix(limit).map { user in
      "  \(plain(user.user)): \(amount(user.tree)), of which \(Wording.grouped(user.proven.files)) proven"
    }
    if users.count > limit { lines.append("  … \(users.count - limit) more") }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension TreeReport {
  /// The means by which the disk's files were compared.
  private var comparison: String {
    if isFolderMissing == true { return "by the ledger: THE FOLDER WAS MISSING, no file was compared with the disk" }
    return isDiskHashed ? "every file was hashed on the disk" : "by length and time, as when each file was read"
  }
}

extension TreeReport.Amount {
  fileprivate init(_ digest: TreeReport.Digest) { (files, bytes) = (digest.files, digest.bytes) }
}
