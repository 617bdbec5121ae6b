import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Migration
import S3
import Storage

/// An open migration: its source, locked, with its ledger.
struct OpenMigration {
  /// The source; nil if it is gone.
  let source: VerifySource?
  let ledger: MigrationLedger
  let path: String

  /// The folder, if that is the source.
  var root: TreeRoot? { if case .folder(let root) = source { root } else { nil } }

  /// Opens an existing ledger for writing; throws `missing` if there is none.
  init(_ place: LedgerOptions, _ app: Application) throws {
    let root = try TreeRoot(place.folder)
    path = place.path(of: root, app.settings)
    guard try MigrationLedger.requireFile(path) else { throw LedgerError.missing(path: path) }
    try root.lock()
    source = .folder(root)
    let identity = root.identity(endpoint: app.settings.store.url, bucket: app.settings.buckets.raw)
    ledger = try MigrationLedger(path: path, for: identity)
  }

  /// Opens the existing ledger of a source bucket for writing; throws `missing` if there is none.
  init(_ place: LedgerOptions, _ app: Application, of bucket: BucketSource) throws {
    path = place.path(app.settings)
    guard try MigrationLedger.requireFile(path) else { throw LedgerError.missing(path: path) }
    source = .bucket(bucket)
    let identity = bucket.identity(endpoint: app.settings.store.url, bucket: app.settings.buckets.raw)
    ledger = try MigrationLedger(path: path, for: identity)
  }

  /// Opens the existing ledger of a folder that is gone, for writing.
  init(withoutFolder place: LedgerOptions, _ app: Application) throws {
    guard !FileManager.default.fileExists(atPath: place.folder) else {
      throw ValidationError("\(place.folder) exists, so leave --without-folder out")
    }
    path = place.path(app.settings)
    let known = try MigrationLedger(reading: path).identity()
    guard known.tree == place.absolutePath else {
      let names = [known.tree, place.absolutePath].map { printable($0) }
      throw LedgerError.otherTree(recorded: names[0], given: names[1])
    }
    source = nil
    let identity = LedgerIdentity(
      tree: known.tree,
      device: known.device,
      inode: known.inode,
      endpoint: app.settings.store.url,
      bucket: app.settings.buckets.raw
    )
    ledger = try MigrationLedger(path: path, for: identity)
  }
}

/// Throws unless the raw bucket exists and may be used.
func requireBucket(_ app: Application) throws {
  let bucket = app.settings.buckets.raw
  let store = try app.store.patient()
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
