public import Core
public import HTTP

/// The settings of a run that sends files.
public struct SenderSettings: Sendable {
  /// The largest file that is sent in one PUT, in bytes; larger files are sent in parts.
  public var multipartThreshold: Int64
  /// The smallest length of a part, in bytes.
  public var partSize: Int64
  /// The longest part that is kept in memory, in bytes; longer parts are read again from the page cache.
  public var longestBuffer: Int64
  /// The memory for files and parts under way, in bytes, in addition to 256 kB for each thread.
  public var bufferBudget: Int
  /// True if the store verifies a SHA-256 that a request announces.
  public var sendsChecksums: Bool
  /// True if the store honours `If-None-Match: *`.
  public var honoursConditions: Bool
  /// The attempts of one request.
  public var retries: RetryPolicy
  /// The number of requests at a time, at first and at most.
  public var requests: (first: Int, largest: Int)
  /// The number of seconds for which the run waits for a store that does not answer.
  public var patience: Double
  /// The limit of bytes per second; nil for none.
  public var bandwidth: BandwidthLimiter?
  /// The priority of the threads' reads.
  public var priority: IOPriority
  /// Receives events, on any thread.
  public var report: @Sendable (SenderEvent) -> Void

  /// Creates settings for a store that supports checksums and conditions.
  public init() {
    multipartThreshold = 16 << 20
    partSize = 8 << 20
    longestBuffer = 32 << 20
    bufferBudget = 96 << 20
    sendsChecksums = true
    honoursConditions = true
    retries = RetryPolicy(attempts: 8, firstPause: 0.1, longestPause: 5, budget: 120)
    requests = (16, 64)
    patience = 3600
    bandwidth = nil
    priority = .inherited
    report = { _ in }
  }

  /// Creates settings for a store of this kind.
  public init(for store: StoreSettings) {
    self.init()
    sendsChecksums = store.checksums == .verified
    // Ceph honours conditions only in buckets without versions.
    honoursConditions = store.kind != .ceph
  }

  /// Returns the length of the parts of a file of `size` bytes: a power of two times `partSize`, for up to 10,000 parts.
  public func partSize(forFileOf size: Int64) -> Int64 {
    var part = partSize
    while PartPlan(size: size, partSize: part).count > PartPlan.maximumCount { part *= 2 }
    return part
  }
}

/// The largest object that S3 stores, in bytes.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
public let largestObject: Int64 = 5 << 40

/// The longest metadata of an object, in bytes of names and values.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
public let longestMetadata = 2048
