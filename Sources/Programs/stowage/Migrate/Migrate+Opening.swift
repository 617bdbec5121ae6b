import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Migration
import S3
import Storage

/// An open migration: the tree, locked, with its ledger.
struct OpenMigration {
  /// The tree; nil if it is gone.
  let root: TreeRoot?
  let ledger: MigrationLedger
  let path: String

  /// Opens an existing ledger for writing; throws `missing` if there is none.
  ///
  /// With `hasFolder` false, the folder must not exist, and the ledger must be its ledger.
  init(_ place: LedgerOptions, _ app: Application, hasFolder: Bool = true) throws {
    guard !place.isBucket else {
      throw ValidationError("\(place.folder): this command compares with a disk, so it needs a folder")
    }
    let identity: LedgerIdentity
    if hasFolder {
      let root = try TreeRoot(place.folder)
      path = place.path(of: root, app.settings)
      guard try MigrationLedger.requireFile(path) else { throw LedgerError.missing(path: path) }
      try root.lock()
      identity = root.identity(endpoint: app.settings.store.url, bucket: app.settings.buckets.raw)
      self.root = root
    } else {
      guard !FileManager.default.fileExists(atPath: place.folder) else {
        throw ValidationError("\(place.folder) exists, so leave --without-folder out")
      }
      path = place.path(app.settings)
      let known = try MigrationLedger(reading: path).identity()
      guard known.tree == place.absolutePath else {
        let names = [known.tree, place.absolutePath].map { printable($0) }
        throw LedgerError.otherTree(recorded: names[0], given: names[1])
      }
      identity = LedgerIdentity(
        tree: known.tree,
        device: known.device,
        inode: known.inode,
        endpoint: app.settings.store.url,
        bucket: app.settings.buckets.raw
      )
      root = nil
    }
    ledger = try MigrationLedger(path: path, for: identity)
  }
}

/// Throws unless the raw bucket exists and may be used.
func requireBucket(_ app: Application) throws {
  let bucket = app.settings.buckets.raw
  let store = try app.store
  let exists: Bool
  do throws(StoreError) {
    exists = try store.bucketExists(bucket)
  } catch .accessDenied(let detail) {
    Terminal.complain(
      "the store refuses the keys (\(detail)): STOWAGE_S3_ACCESS_KEY and STOWAGE_S3_SECRET_KEY must be right,"
        + " and may use the bucket \(bucket)."
    )
    throw ExitCode.failure
  } catch {
    Terminal.complain("the store \(app.settings.store.url) cannot be used: \(error)")
    throw ExitCode.failure
  }
  guard exists else {
    Terminal.complain("there is no bucket \(bucket): `stowage buckets apply` creates it.")
    throw ExitCode.failure
  }
}
