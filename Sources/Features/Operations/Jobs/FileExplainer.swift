public import Core
public import Database
public import Foundation
public import Storage

/// Describes one file for an administrator: its state, its next event, and its objects in the buckets.
public struct FileExplainer {
  /// One statement of the description.
  public struct Line: Hashable, Sendable {
    /// The topic of the statement; empty if the line continues the previous topic.
    public let label: String
    /// The statement.
    public let text: String
  }

  /// The versions under a file's keys in the raw bucket, or the error of the listing.
  enum Objects {
    case versions([VersionSummary])
    case outOfReach(detail: String)
  }

  private let database: FileDatabase
  private let store: () throws(StorageError) -> any ObjectStore
  let settings: Settings
  let isWorkerRunning: () -> Bool

  /// The maximum number of versions that are listed individually.
  private static let maximumVersions = 20

  /// Describes files from `database` and `store`; the store is created last, because it may not answer.
  public init(
    settings: Settings,
    database: FileDatabase,
    store: @escaping () throws(StorageError) -> any ObjectStore,
    isWorkerRunning: @escaping () -> Bool
  ) {
    self.settings = settings
    self.database = database
    self.store = store
    self.isWorkerRunning = isWorkerRunning
  }

  /// Returns the description of `file` at `now`; throws `notFound` if the database does not have the file.
  public func explain(_ file: FileID, at now: Date) throws(StorageError) -> [Line] {
    guard let record = try database.file(file) else { throw .notFound }
    let jobs = try database.jobs(of: file)
    let atWork = try database.jobsAtWork(of: record.user, at: now)
    let objects = objects(of: record)
    var lines = [
      Line(label: "file", text: file.description),
      Line(label: "", text: Self.description(of: record)),
      Line(label: "owner", text: record.user.description),
      Line(label: "state", text: record.words(at: now)),
      Line(label: "next", text: next(record, jobs, atWork: atWork, objects, at: now)),
    ]
    for job in jobs { lines += Self.lines(job, at: now) }
    lines += self.lines(objects, of: record, at: now)
    return lines + variants(of: record)
  }

  private static func description(of file: FileRecord) -> String {
    let size =
      file.size.map(Wording.bytes)
      ?? (file.isSizeLimit ? "at most " : "") + Wording.bytes(file.claimedSize) + (file.isSizeLimit ? "" : " claimed")
    return
      "\"\(Wording.printable(file.filename))\", \(Wording.printable(file.contentType)), \(size), \(file.visibility)"
  }

  private static func lines(_ job: JobRecord, at now: Date) -> [Line] {
    let stored = Wording.duration(now.timeIntervalSince(job.createdAt))
    var lines = [
      Line(
        label: "job",
        text: "\(job.kind): \(job.words(at: now)); stored \(stored) ago, taken \(Wording.number(job.attempts, "time"))"
      )
    ]
    if let complaint = job.complaint, let advice = job.advice {
      lines.append(Line(label: "error", text: complaint))
      lines.append(Line(label: "", text: "→ \(advice)"))
    }
    return lines
  }

  // MARK: In the buckets

  private func objects(of file: FileRecord) -> Objects {
    do throws(StorageError) {
      let versions = try StorageError.reaching("store") { () throws -> [VersionSummary] in
        let (store, bucket) = (try store(), settings.buckets.raw)
        if file.isMigrated { return try store.versions(of: file.rawKey, in: bucket) }
        return try store.listVersions(bucket, prefix: "\(file.user.written)/\(file.id)/", after: nil, limit: 1000).items
      }
      return .versions(versions)
    } catch {
      return .outOfReach(detail: error.words)
    }
  }

  private func lines(_ objects: Objects, of file: FileRecord, at now: Date) -> [Line] {
    let place = "\(settings.buckets.raw)/\(Wording.printable(file.rawKey))"
    switch objects {
    case .outOfReach(let detail):
      return [Line(label: "object", text: "\(place): unknown; \(Wording.printable(detail))")]
    case .versions(let versions):
      guard !versions.isEmpty else { return [Line(label: "object", text: "\(place): nothing there")] }
      let shown = versions.prefix(Self.maximumVersions).map { version in
        Line(label: "", text: Self.text(version, of: file, at: now))
      }
      let rest = versions.count - shown.count
      return [Line(label: "object", text: "\(place): \(Wording.number(versions.count, "version"))")] + shown
        + (rest > 0 ? [Line(label: "", text: "… and \(rest) more")] : [])
    }
  }

  private static func text(_ version: VersionSummary, of file: FileRecord, at now: Date) -> String {
    var words = [Wording.printable(version.version.description)]
    words.append(version.isDeleteMarker ? "delete marker" : Wording.bytes(version.size))
    words.append("made \(Wording.duration(now.timeIntervalSince(version.lastModified))) ago")
    if version.key == file.rawKey, version.version.description == file.versionID { words.append("pinned") }
    if version.isLatest { words.append("current") }
    if version.key != file.rawKey { words.append("at \(Wording.printable(version.key))") }
    return words.joined(separator: ", ")
  }

  private func variants(of file: FileRecord) -> [Line] {
    guard !file.variants.isEmpty else { return [Line(label: "variants", text: "none")] }
    return file.variants.enumerated().map { index, variant in
      let size = "\(variant.width)×\(variant.height), \(variant.type.contentType), \(Wording.bytes(variant.size))"
      return Line(
        label: index == 0 ? "variants" : "",
        text: "\(variant.name): \(size), v \(variant.version): \(whereabouts(of: variant))"
      )
    }
  }

  private func whereabouts(of variant: Variant) -> String {
    do {
      _ = try store().head(variant.objectKey, in: settings.buckets.processed)
      return "there"
    } catch StoreError.notFound {
      return "MISSING in \(settings.buckets.processed)"
    } catch {
      return "unknown, the store does not answer"
    }
  }
}
