import Compression
import Core
import Database
import Foundation
import Signing
import Storage

extension UsageWork {
  /// The rows that are counted and stored together.
  private static let batchRows = 2000
  /// The factor by which a data file may grow when it is unpacked; real inventories grow ten- to thirtyfold.
  private static let maximumGrowth: Int64 = 200

  /// Counts the next data file of the inventory.
  ///
  /// The digest of a file is known only at its end. A file that proves to be damaged there makes the whole collection unusable, so
  /// nothing of it is ever shown.
  func readInventory(_ role: BucketRole, _ bucket: String, _ position: inout UsagePosition) throws(UsageProblem) {
    guard let place = collector.inventory, let from = position.inventory else {
      throw .unusable("STOWAGE_INVENTORY was changed while the inventory of \(bucket) was read")
    }
    let manifest = try manifest(from, place, of: bucket)
    if manifest.files.isEmpty {
      // A manifest without files says nothing about the bucket: the listing tells whether it is empty.
      position.enter(.versions)
      return try report(UsageTally(role), position)
    }
    guard manifest.files.indices.contains(from.file) else {
      position.enter(.uploads)
      return try report(UsageTally(role), position)
    }
    let file = manifest.files[from.file]
    let reading = InventoryReading(file, manifest.columns, skipping: from.rows, batch: Self.batchRows)
    let limit = max(1 << 20, file.size.multipliedReportingOverflow(by: Self.maximumGrowth).partialValue)
    let gzip = GzipReader(limit: limit)
    let digest = MD5()
    var problem: UsageProblem?
    let name = "inventory file \(Wording.printable(file.key))"
    requests += 1
    do throws(StoreError) {
      let store = collector.store
      let info = try store.get(file.key, in: place.bucket) { piece throws(StoreError) in
        digest.update(piece)
        var pieces: [[UInt8]] = []
        do throws(GzipReader.Failure) {
          try gzip.read(piece) { pieces.append(Array($0)) }
        } catch {
          problem = .unusable("\(name): \(error)")
          throw .aborted(detail: "unusable")
        }
        for piece in pieces {
          do throws(UsageProblem) {
            try reading.read(piece) { (versions, rows) throws(UsageProblem) in
              try self.add(versions, rows, of: role, &position)
            }
          } catch {
            problem = error
            throw .aborted(detail: "stopped")
          }
        }
      }
      guard info.size == file.size else {
        throw .unexpected(detail: "it has \(info.size) bytes, and the manifest says \(file.size)")
      }
    } catch {
      if let problem { throw problem }
      if case .notFound = error { throw .unusable("\(name): it is not there") }
      if case .unexpected = error { throw .unusable("\(name): \(error)") }
      throw Self.problem(error, place.bucket)
    }
    do throws(GzipReader.Failure) { try gzip.finish() } catch { throw .unusable("\(name): \(error)") }
    guard lowercaseHexadecimal(digest.finalize()) == file.digest.lowercased() else {
      throw .unusable("\(name): its MD5 is not the one in the manifest")
    }
    try reading.finish { (versions, rows) throws(UsageProblem) in try self.add(versions, rows, of: role, &position) }
    position.inventory?.file += 1
    position.inventory?.rows = 0
    try report(UsageTally(role), position)
  }

  private func add(
    _ versions: [StoredVersion],
    _ rows: Int,
    of role: BucketRole,
    _ position: inout UsagePosition
  ) throws(UsageProblem) {
    guard isWanted() else { throw .stopped }
    var tally = UsageTally(role)
    try count(versions, of: role, in: &tally, &position)
    position.inventory?.rows = rows
    try report(tally, position)
  }

  private func manifest(
    _ position: InventoryPosition,
    _ place: InventoryPlace,
    of bucket: String
  ) throws(UsageProblem) -> InventoryManifest {
    let store = collector.store
    let json = try asking(place.bucket) { () throws(StoreError) in
      try store.bytes(of: position.manifest, in: place.bucket, limit: InventoryManifest.maximumBytes)
    }
    let name = Wording.printable(position.manifest)
    guard MD5.hexadecimal(of: json) == position.digest else {
      throw .unusable("\(name) was replaced while the inventory was read")
    }
    do throws(InventoryManifest.Unusable) {
      return try InventoryManifest(json: json, of: bucket)
    } catch { throw .unusable("\(name): \(error.reason)") }
  }
}
