import Core
import Database
import Foundation
import Glibc
import HTTP
import Storage

extension Doctor {
  func database(at now: Date) -> [Finding] {
    let location = patient.settings.database
    do throws(StorageError) {
      let database = try patient.database()
      let jobs = try queue(database.jobStatistics(at: now), at: now)
      return try [.good("database", "\(location)"), jobs] + failedJobs(in: database, at: now) + room(location)
    } catch {
      return [
        .bad(
          "database",
          error.words,
          Self.advice(location)
        )
      ]
    }
  }

  private func queue(_ jobs: JobStatistics, at now: Date) -> Finding {
    let waiting = "\(jobs.queued) waiting, \(jobs.leased) at work"
    if let oldest = jobs.oldestDue, now.timeIntervalSince(oldest) > Self.patience {
      let seconds = Int(now.timeIntervalSince(oldest))
      return .warning(
        "jobs",
        "\(waiting); the oldest has been due for \(seconds) s",
        "Is a worker running? Its log says why jobs are postponed, most often a scanner that does not answer."
      )
    }
    if let oldest = jobs.oldestPostponed, now.timeIntervalSince(oldest) > Self.patience {
      return .warning(
        "jobs",
        "\(waiting); \(jobs.postponed) postponed, the oldest stored \(Int(now.timeIntervalSince(oldest))) s ago",
        "The worker's log says why it postpones: most often a scanner or a store that does not answer."
      )
    }
    return .good("jobs", waiting)
  }

  /// Reports failed jobs, which wait for an administrator.
  private func failedJobs(in database: FileDatabase, at now: Date) throws(StorageError) -> [Finding] {
    var count = 0
    for kind in JobKind.allCases { count += try database.jobStatistics(kind, at: now).failed }
    guard count > 0 else { return [] }
    return [
      .warning(
        "jobs",
        "\(Wording.number(count, "job")) failed again and again, and waits for you",
        "`stowage jobs list --state failed` says why, `stowage jobs retry --failed` tries again."
      )
    ]
  }

  private static func advice(_ location: DatabaseLocation) -> String {
    switch location {
    case .sqlite:
      "The folder of the file in STOWAGE_DATABASE_URL must exist and be writable for this user, and the file be Stowage's own."
    case .postgresql:
      "STOWAGE_DATABASE_URL names the server, the database and the user. Try them with psql, as this user, on this machine."
    }
  }

  /// Checks the free space on the disk of an SQLite file: a full disk makes every write fail.
  private func room(_ location: DatabaseLocation) -> [Finding] { location.path.map { [room($0)] } ?? [] }

  private func room(_ path: String) -> Finding {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value else {
      return .warning("disk", "\(folder): free space is unknown", "Look with df.")
    }
    let text = "\(free >> 20) MB free at \(folder)"
    return free < 1 << 30 ? .warning("disk", text, "Make room: writes fail when it is full.") : .good("disk", text)
  }

  func store(at now: Date) -> [Finding] {
    let settings = patient.settings
    do {
      let store = try patient.store()
      var findings: [Finding] = []
      for bucket in settings.buckets.all {
        guard try store.bucketExists(bucket) else {
          findings.append(.bad("bucket", "\(bucket) is not there", "Run `stowage buckets apply`."))
          continue
        }
        if bucket == settings.buckets.raw, try !store.isVersioned(bucket) {
          findings.append(
            .warning(
              "bucket",
              "\(bucket) keeps no versions: copies are kept",
              "Run `stowage buckets apply`; where it says the same, the store has no versions, and nothing is to be done."
            )
          )
        } else {
          findings.append(.good("bucket", bucket))
        }
      }
      if findings.allSatisfy({ $0.status != .bad }) { findings.append(try roundTrip(store, at: now)) }
      return findings
    } catch {
      let cause = explained(error)
      return [.bad("store", "\(settings.store.url): \(words(cause))", advice(cause))]
    }
  }

  /// Writes, reads and deletes an object under a key that no user's file can have.
  private func roundTrip(_ store: any ObjectStore, at now: Date) throws -> Finding {
    let bucket = patient.settings.buckets.processed
    let key = "doctor/\(UUID().uuidString.lowercased())"
    let bytes = Array("written by stowage doctor".utf8)
    let start = ContinuousClock.now
    let written = try store.put(.bytes(bytes), to: key, in: bucket)
    let answer = Result { () throws(StoreError) in try store.bytes(of: key, in: bucket, limit: bytes.count) }
    try store.delete(key, in: bucket, version: written.version)
    guard try answer.get() == bytes else {
      return .bad("store", "gave back other bytes than it was given", "This store cannot be trusted with files.")
    }
    let elapsed = (ContinuousClock.now - start) / .milliseconds(1)
    return .good("store", "\(patient.settings.store.url) writes, reads and deletes (\(Int(elapsed)) ms)")
  }

  /// Checks if the worker can create temporary files without a name, which network file systems do not support.
  ///
  /// Source: https://man7.org/linux/man-pages/man2/open.2.html (O_TMPFILE)
  func privateFiles() -> Finding {
    let folder = patient.settings.worker.temporaryDirectory
    let temporaryFile: Int32 = 0o20_200_000
    let descriptor = open(folder, temporaryFile | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      return .bad(
        "private files",
        "\(folder): \(String(cString: strerror(errno)))",
        "Let STOWAGE_TEMPORARY_DIRECTORY name a writable folder on a local disk. Until then, uploads wait; none is lost."
      )
    }
    close(descriptor)
    return .good("private files", folder)
  }
}
