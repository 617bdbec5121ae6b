import Core
import Foundation
import Processing
import Storage

extension Sweep {
  /// How many unknown objects are listed if none is to be deleted.
  private static let examples = 5

  /// Lists objects without a database row, and deletes the old ones on request; false if nobody could confirm.
  func lookForUnknown(_ objects: UnknownObjects, while isWanted: () -> Bool) throws(StorageError) -> Bool {
    let now = Date.now
    let tally = try count(objects, at: now, while: isWanted)
    guard isWanted() else { return true }
    if !deletesUnknown, tally.unknown > Self.examples { print("… and \(tally.unknown - Self.examples) more") }
    print("Objects: " + words(tally))
    guard deletesUnknown else { return true }
    guard tally.deletable > 0 else {
      print("Nothing is to be deleted.")
      return true
    }
    let amount = "\(versions(tally.deletable)), \(Wording.bytes(tally.deletableBytes))"
    guard !isDryRun else {
      print("Would delete \(amount).")
      return true
    }
    guard isAgreed || Terminal.canAsk else {
      Terminal.complain(
        "--delete-unknown asks before it deletes: run it at a terminal, or say --yes. Nothing was deleted."
      )
      return false
    }
    guard isAgreed || Terminal.confirms("Delete \(amount), for good?") else {
      print("Nothing was deleted.")
      return true
    }
    try delete(tally, of: objects, at: now, while: isWanted)
    return true
  }

  private func count(
    _ objects: UnknownObjects,
    at now: Date,
    while isWanted: () -> Bool
  ) throws(StorageError) -> UnknownObjects.Tally {
    let progress = Progress()
    defer { progress.clear() }
    var shown = 0
    return try objects.count(
      at: now,
      while: isWanted,
      progress: { tally in progress.show("looked at versions of objects: \(tally.count), unknown: \(tally.unknown)") },
      report: { item, isDeletable in
        guard deletesUnknown ? isDeletable : shown < Self.examples else { return }
        shown += 1
        progress.clear()
        print(line(item, at: now))
      }
    )
  }

  private func delete(
    _ tally: UnknownObjects.Tally,
    of objects: UnknownObjects,
    at now: Date,
    while isWanted: () -> Bool
  ) throws(StorageError) {
    let progress = Progress()
    var count = 0
    var bytes: Int64 = 0
    defer {
      progress.clear()
      print("Deleted \(versions(count)), \(Wording.bytes(bytes)).")
    }
    try objects.delete(tally, at: now, while: isWanted) { item in
      count += 1
      bytes += item.version.size
      progress.show("deleted: \(count)")
    }
  }

  private func line(_ item: UnknownObjects.Item, at now: Date) -> String {
    let version = item.version
    let size = version.isDeleteMarker ? "a delete marker" : Wording.bytes(version.size)
    let age = Wording.duration(now.timeIntervalSince(version.lastModified))
    return "\(item.bucket)/\(version.key)  no row knows it: \(size), \(age) old"
  }

  private func words(_ tally: UnknownObjects.Tally) -> String {
    var words = "looked at \(versions(tally.count)); "
    if tally.unknown == 0 {
      words += "a row knows each."
    } else {
      words += "no row knows \(tally.unknown) (\(Wording.bytes(tally.unknownBytes))), "
      words += "\(tally.deletable == 0 ? "none" : "\(tally.deletable)") of them older than 7 days"
      words += tally.deletable > 0 && !deletesUnknown ? ": --delete-unknown deletes those." : "."
    }
    guard tally.foreign > 0 else { return words }
    return words + " \(tally.foreign) more, under keys that Stowage does not make, are left alone."
  }

  private func versions(_ count: Int) -> String { Wording.number(count, "object version") }
}
