import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Migration
import S3
import Storage

/// The store of a source bucket.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The address of the store of an s3:// source, with its keys in STOWAGE_SOURCE_ACCESS_KEY, STOWAGE_SOURCE_SECRET_KEY \
      and STOWAGE_SOURCE_SESSION_TOKEN; default: Stowage's store and keys.
      """,
      valueName: "url"
    )
  )
  var sourceUrl: String?

  @Option(
    help: ArgumentHelp(
      "The region of the store that --source-url names; default: that of Stowage's store.",
      valueName: "region"
    )
  )
  var sourceRegion: String?

  func validate() throws {
    guard sourceUrl != nil || sourceRegion == nil else { throw ValidationError("--source-region needs --source-url") }
  }

  /// Returns the source that `address` names.
  func source(_ address: String, _ app: Application, connections: Int) throws -> BucketSource {
    let settings = app.settings.store
    var store = try app.store
    if let sourceUrl {
      let environment = ProcessInfo.processInfo.environment
      guard let key = environment["STOWAGE_SOURCE_ACCESS_KEY"], let secret = environment["STOWAGE_SOURCE_SECRET_KEY"]
      else { throw ValidationError("--source-url needs STOWAGE_SOURCE_ACCESS_KEY and STOWAGE_SOURCE_SECRET_KEY") }
      store = try Application.store(
        at: sourceUrl,
        region: sourceRegion ?? settings.region,
        keys: StoreSettings.AccessKeys(
          accessKey: key,
          secretKey: Secret(secret),
          sessionToken: environment["STOWAGE_SOURCE_SESSION_TOKEN"].map { Secret($0) }
        ),
        like: settings
      )
    }
    let url = sourceUrl ?? settings.url
    guard
      let source = BucketSource(
        address,
        at: url,
        store: store.keeping(connections: connections),
        isOwnStore: sourceUrl == nil
      )
    else {
      throw ValidationError("\(address): expected s3://bucket or s3://bucket/prefix")
    }
    let own = [app.settings.buckets.raw, app.settings.buckets.processed]
    guard url != settings.url || !own.contains(source.bucket) else {
      throw ValidationError("\(source.bucket) is a bucket of Stowage itself")
    }
    return source
  }
}

extension Migrate.Run {
  /// Runs a migration from an s3:// source.
  func runFromBucket() throws {
    let app = Application.startCommand("stowage")
    let signals = SignalTrap()
    try orExplain {
      let source = try source.source(place.folder, app, connections: parallel)
      let path = place.path(app.settings)
      let hasLedger = try MigrationLedger.requireFile(path)
      guard !delta || hasLedger else { throw LedgerError.missing(path: path) }
      try place.makeFolder(app.settings)
      let database = try app.database
      let sender = SenderSettings(for: app.settings.store)
      let plan = try plan(app.settings, sender, database)
      let planner = BucketPlanner(plan)
      let identity = source.identity(endpoint: app.settings.store.url, bucket: app.settings.buckets.raw)
      let progress = Progress()
      func show(_ walk: PlanProgress) {
        progress.show("listing: \(Wording.number(walk.files, "file")), \(Wording.bytes(walk.bytes))")
      }
      let isStopped = signals.test
      guard !dryRun else {
        let report = try planner.dryRun(source, beside: path, for: identity, shouldStop: isStopped, progress: show)
        progress.clear()
        return try say(report)
      }
      try requireBucket(app)
      let ledger = try MigrationLedger(path: path, for: identity)
      let number = try begin(ledger)
      let report = try planner.plan(source, into: ledger, run: number, shouldStop: isStopped, progress: show)
      progress.clear()
      try say(report)
      guard !isStopped() else { return try ledger.endRun(number, outcome: "stopped", at: .now) }
      try Sending(command: self, source: source, ledger: ledger, run: number, app: app, signals: signals)
        .send(report, by: plan.owner, sender)
    }
    if signals.isTriggered { throw stopped }
  }
}
