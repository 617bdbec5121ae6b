public import Core
public import Foundation
import HTTP
public import S3
import Storage

/// Finds out with real requests which capabilities a store has.
///
/// All requests concern scratch buckets with names that nobody can guess, which the probe creates and removes. The rules of
/// other buckets are neither read nor changed.
public struct StoreProbe {
  /// The time, in seconds, after which the remaining capabilities stay unknown.
  static let totalSeconds = 300.0
  /// The number of probes without an answer after which the run ends.
  private static let silentProbes = 3

  private let store: S3Store
  private let client: HTTPClient
  private let settings: Settings
  private let requestSeconds: Double
  private let ruleSeconds: Double

  /// A probe of `store`, whose presigned URLs name the address at which this node reaches the store.
  ///
  /// `requestSeconds` is the total deadline of each request, and `ruleSeconds` the time that a store has until a new rule is
  /// in force; default: 10 s each.
  public init(store: S3Store, settings: Settings, requestSeconds: Double = 10, ruleSeconds: Double = 10) {
    let rules = BucketRules(store: store, settings: settings)
    self.store = rules.store.answering(within: requestSeconds).signingForThisNode()
    self.settings = settings
    self.requestSeconds = requestSeconds
    self.ruleSeconds = ruleSeconds
    client = HTTPClient(HTTPClient.Settings(caFile: settings.store.caFile))
  }

  /// Runs all probes, reports each result at once, and removes everything that was written.
  ///
  /// `note` receives a line for each object of an earlier run that was removed. If `isStopped` returns true, the remaining
  /// capabilities are unknown. Throws if the store does not answer.
  public func run(
    at now: Date,
    isStopped: () -> Bool = { false },
    note: (String) -> Void = { _ in },
    report: (ProbeResult) -> Void = { _ in }
  ) throws(StorageError) -> StoreCapabilities {
    let raw = settings.buckets.raw
    ProbeScratch.removeOldBuckets(of: store, at: now).forEach(note)
    ProbeScratch.removeOldObjects(of: store, in: raw, at: now).forEach(note)
    let scratch = try StorageError.reaching("the store at \(settings.store.url)") { () throws(StoreError) in
      try ProbeScratch(store: store, raw: raw, at: now)
    }
    let ground = ProbeGround(
      scratch: scratch,
      store: store,
      client: client,
      requestSeconds: requestSeconds,
      ruleSeconds: ruleSeconds
    )
    var results: [ProbeResult] = []
    var silent = 0
    let end = ContinuousClock.now + .seconds(Self.totalSeconds)
    for capability in StoreCapability.allCases {
      let result: ProbeResult
      if isStopped() {
        result = ProbeResult(capability, .unknown, "the run was stopped")
      } else if silent >= Self.silentProbes {
        result = ProbeResult(capability, .unknown, "not tried: the store stopped answering")
      } else if ContinuousClock.now > end {
        result = ProbeResult(capability, .unknown, "not tried: \(Int(Self.totalSeconds)) s were over")
      } else {
        let outcome = ground.outcome(of: capability, after: results)
        silent = outcome.isSilent ? silent + 1 : 0
        result = ProbeResult(capability, outcome.state, outcome.answer)
      }
      results.append(result)
      report(result)
    }
    return StoreCapabilities(store: settings.store.url, results: results, leftBehind: scratch.remove())
  }
}

/// The outcome of a probe.
struct ProbeOutcome {
  let state: ProbeResult.State
  let answer: String
  var isSilent = false

  static func can(_ answer: String) -> ProbeOutcome { ProbeOutcome(state: .can, answer: answer) }
  static func cannot(_ answer: String) -> ProbeOutcome { ProbeOutcome(state: .cannot, answer: answer) }
  static func unknown(_ answer: String) -> ProbeOutcome { ProbeOutcome(state: .unknown, answer: answer) }

  /// The outcome of a request that was refused.
  ///
  /// A refusal for want of rights, a failure of the store, and silence say nothing about the capability.
  init(_ error: StoreError) {
    switch error {
    case .accessDenied: self = .unknown("these keys may not: \(error.code)")
    case .unavailable, .timeout, .tls, .clockSkew, .throttled, .aborted:
      self = ProbeOutcome(state: .unknown, answer: error.code, isSilent: true)
    case .noSuchBucket, .unexpected: self = .unknown(error.code)
    default: self = .cannot(error.code)
    }
  }

  init(state: ProbeResult.State, answer: String, isSilent: Bool = false) {
    (self.state, self.answer, self.isSilent) = (state, answer, isSilent)
  }
}

/// The store, and the places in which a probe may write.
struct ProbeGround {
  let scratch: ProbeScratch
  let store: S3Store
  let client: HTTPClient
  let requestSeconds: Double
  let ruleSeconds: Double

  /// The reason why a probe cannot be made.
  struct Missing: Error {
    let outcome: ProbeOutcome
  }

  /// Makes the probe of one capability; `earlier` has the results so far.
  func outcome(of capability: StoreCapability, after earlier: [ProbeResult]) -> ProbeOutcome {
    do {
      return try probe(capability, after: earlier)
    } catch let error as Missing {
      return error.outcome
    } catch let error as StoreError {
      return ProbeOutcome(error)
    } catch let error as HTTPError {
      if case .timeout = error { return ProbeOutcome(.timeout(detail: "")) }
      return ProbeOutcome(state: .unknown, answer: "no answer", isSilent: true)
    } catch {
      return .unknown("\(error)")
    }
  }

  private func probe(_ capability: StoreCapability, after earlier: [ProbeResult]) throws -> ProbeOutcome {
    switch capability {
    case .objects: try objects()
    case .signatures: try signatures()
    case .signedLength: try signedLength()
    case .unsignedHeaders: try unsignedHeaders()
    case .formUpload: try formUpload()
    case .conditionalPut: try conditionalPut(in: try place(isVersioned: false))
    case .conditionalPutVersioned: try conditionalPut(in: try place(isVersioned: true))
    case .conditionalComplete: try conditionalComplete()
    case .checksums: try checksums()
    case .range: try range()
    case .downloadName: try downloadName()
    case .multipart: try multipart()
    case .copy: try copy()
    case .deleteObjects: try deleteObjects()
    case .listPages: try listPages()
    case .listEncoding: try keys(["a b+c%20d&e<f"])
    case .controlCharacters: try keys(["a\u{1}b", "a\u{8}b"])
    // The same letter in Unicode's forms NFC and NFD.
    case .normalisation: try keys(["caf\u{E9}", "cafe\u{301}"])
    case .doubleSlash: try keys(["a//b", "a/b"])
    case .versions: try versions()
    case .deleteMarkers: try deleteMarkers()
    case .tagsOnPut: try tagsOnPut()
    case .tags: try tags()
    case .tagsOfVersion: try tagsOfVersion()
    case .cors: try cors()
    case .encryption: try encryption()
    case .lifecycleAge, .lifecycleTag, .lifecycleSize, .lifecycleOldVersions, .lifecycleMarkers, .lifecycleParts,
      .lifecycleMoves, .lifecycleMinimumSize:
      try lifecycle(capability)
    case .policy: try policy(isTried: false)
    case .policyObeyed: try policy(isTried: true)
    case .policyTLS: try policyTLS(isPolicyObeyed: earlier.first { $0.capability == .policyObeyed }?.state)
    case .publicAccessBlock, .ownership, .logging, .eventBridge: try document(capability)
    }
  }

  /// Returns a place of any kind; throws if there is none.
  func place() throws(Missing) -> ProbePlace {
    guard let place = scratch.places.first else { throw Missing(outcome: .unknown(refusal)) }
    return place
  }

  /// Returns a place with or without versions; throws if there is none.
  func place(isVersioned: Bool) throws(Missing) -> ProbePlace {
    if let place = scratch.places.first(where: { $0.isVersioned == isVersioned }) { return place }
    if isVersioned, let error = scratch.versioningRefusal { throw Missing(outcome: ProbeOutcome(error)) }
    throw Missing(outcome: .unknown(refusal))
  }

  /// Returns a bucket whose rules the probe may change, with versions if possible; throws if there is none.
  func scratchBucket() throws(Missing) -> ProbePlace {
    guard let place = scratch.places.last, place.isScratch else { throw Missing(outcome: .unknown(refusal)) }
    return place
  }

  private var refusal: String { "no scratch bucket: \(scratch.refusal?.code ?? "")" }

  /// Writes an object, and returns its version if the bucket keeps versions.
  @discardableResult
  func write(_ text: String, _ name: String, in place: ProbePlace) throws(StoreError) -> VersionID? {
    try store.put(.bytes(Array(text.utf8)), to: place.key(name), in: place.bucket).version
  }

  /// Returns the text of an object, or of a version.
  func read(_ name: String, in place: ProbePlace, version: VersionID? = nil) throws(StoreError) -> String {
    let bytes = try store.bytes(of: place.key(name), in: place.bucket, version: version, limit: 1 << 10)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// True if the object exists.
  func exists(_ name: String, in place: ProbePlace) throws(StoreError) -> Bool {
    do throws(StoreError) {
      _ = try store.head(place.key(name), in: place.bucket)
      return true
    } catch .notFound {
      return false
    }
  }

  /// Waits until `test` is true; returns false if it is not within `ruleSeconds`.
  func waits(until test: () throws(StoreError) -> Bool) throws(StoreError) -> Bool {
    let end = ContinuousClock.now + .seconds(ruleSeconds)
    while try !test() {
      guard ContinuousClock.now < end else { return false }
      Thread.sleep(forTimeInterval: 0.2)
    }
    return true
  }
}
