import Core
import Database
import Foundation
import Storage

extension Processor {
  /// Removes every image that the file ever had from the caches, after the renderings are at their place.
  ///
  /// A CDN reads the bucket, so it must be told after the object is gone: otherwise it could fetch the object again. The
  /// last round also deletes old renderings from the bucket.
  ///
  /// By the last round no request can still be reading an old rendering.
  func purge(_ file: FileRecord, _ job: LeasedJob) throws(JobError) -> ProcessingOutcome {
    let keys = try JobError.ifOutOfReach { () throws(StorageError) in
      try dependencies.database.issuedKeys(of: file.id)
    }
    _ = try settlePlaces(of: file.id, job)
    if job.createdAt + CachePurge.cacheSeconds > dependencies.now {
      try CachePurge(nodes: dependencies.cacheNodes).purge(keys)
    }
    if nextRound(of: job, at: dependencies.now) == nil {
      try removeRenderings(keys, except: Set(file.variants.map(\.key)))
    }
    if let cloudFront = dependencies.cloudFront {
      try CloudFrontInvalidation(cloudFront, lastRound: lastRound)
        .invalidate(keys, of: file.id, invalidatedAt: job.createdAt, at: dependencies.now)
    }
    return .purged(addresses: dependencies.cacheNodes.isEmpty ? 0 : keys.count * Visibility.allCases.count)
  }

  /// Schedules the next round of the job, or finishes the job after the last round.
  func settlePurge(_ job: LeasedJob) throws(StorageError) {
    if let due = nextRound(of: job, at: dependencies.now) {
      _ = try dependencies.database.continueJob(job, due: due, at: dependencies.now)
    } else {
      _ = try dependencies.database.finish(job, at: dependencies.now)
    }
  }

  private var lastRound: TimeInterval { TimeInterval(dependencies.worker.lastPurgeSeconds) }

  private func nextRound(of job: LeasedJob, at now: Date) -> Date? {
    CachePurge.nextRound(invalidatedAt: job.createdAt, at: now, last: lastRound)
  }

  private func removeRenderings(_ keys: [String], except current: Set<String>) throws(JobError) {
    for address in keys where !current.contains(address) {
      for key in [address] + RenderingPlace.allCases.map({ $0.key(of: address) }) {
        try JobError.ifOutOfReach { () throws(StoreError) in
          try dependencies.store.delete(key, in: dependencies.buckets.processed)
        }
      }
    }
  }
}
