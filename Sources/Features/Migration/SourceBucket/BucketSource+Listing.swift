internal import Core
internal import Database
internal import Foundation
internal import Storage

extension BucketSource {
  /// The meaning of an entry of the list.
  enum Place {
    /// An object that stands for a folder.
    case folder
    case file(LedgerSighting)
    case finding(LedgerFinding)
  }

  func place(of item: ObjectSummary) -> Place {
    let path = Array(item.key.utf8.dropFirst(prefix.utf8.count))
    if item.size == 0, path.isEmpty || path.last == UInt8(ascii: "/") { return .folder }
    let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty }), (try? checkObjectKey(item.key)) != nil else {
      return .finding(
        LedgerFinding(code: FindingCode.keyUnreadable.rawValue, path: path, detail: "", isLasting: false)
      )
    }
    return .file(
      LedgerSighting(
        path: path,
        facts: LedgerFacts(
          size: item.size,
          mtime: wholeSeconds(item.lastModified),
          inode: 0,
          mode: RestoredFacts.usualMode,
          uid: RestoredFacts.noOwner,
          gid: RestoredFacts.noOwner
        )
      )
    )
  }
}
