internal import Foundation

/// What some stores are known not to do as S3 does; `KnownLimitTests` show what Stowage does instead.
public enum StoreLimit: String, CaseIterable, Sendable {
  /// It believes a checksum whatever the bytes, and does not keep it.
  case checksums
  /// Its listings of parts name no checksums.
  case listedChecksums
  /// It takes a put onto a taken key in a bucket with versions, although the key was to be free.
  case versionConditions
  /// It completes an upload onto a taken key, although the key was to be free.
  case completionConditions
  /// It refuses to replace an object also where the tag is right.
  case replacements
  /// It does not say which version a copy became.
  case copyVersions
  /// It does not say which version was made where a completion is repeated.
  case repeatedVersions
  /// It names a version of what was made of parts also where it keeps none.
  case strayVersions
  /// It lists all versions first and then all markers, and answers for a marker as for an object.
  case markers
  /// It lists all uploads at once.
  case uploadPages
  /// It breaks (500) where it does not know an upload.
  case unknownUploads
  /// It takes a part's number for its place in the listing.
  case partNumbers
  /// It says of every upload that it was begun in 2010.
  case uploadTimes
  /// It answers a batch with bare control characters, in which XML has none.
  case controlCharacters

  /// It answers a form without an ETag field.
  case formTags

  /// SeaweedFS 4.48.
  public static let seaweedFS: Set<StoreLimit> = [.listedChecksums]
  /// Moto 5.2.
  public static let moto: Set<StoreLimit> = [
    .checksums, .listedChecksums, .strayVersions, .markers, .uploadPages, .unknownUploads,
    .partNumbers, .uploadTimes, .controlCharacters,
  ]
  /// RGW 16.2.
  public static let ceph: Set<StoreLimit> = [
    .checksums, .listedChecksums, .versionConditions, .completionConditions, .replacements,
    .copyVersions, .repeatedVersions, .formTags,
  ]

  /// Those of the store that the running system has.
  public static let ofSystem: Set<StoreLimit> = {
    switch try? Stack.current?.setting("STOWAGE_STORE") {
    case "seaweedfs": seaweedFS
    case "ceph": ceph
    default: []
    }
  }()

  /// Those of the server that the environment names: `STOWAGE_TEST_S3_KIND` is `ceph` for one that is known,
  /// `STOWAGE_TEST_S3_LIMITS` lists those of another, such as `checksums,versionConditions`.
  public static let ofEnvironment: Set<StoreLimit> = {
    let environment = ProcessInfo.processInfo.environment
    let named = (environment["STOWAGE_TEST_S3_LIMITS"] ?? "").split(separator: ",").map { word in
      StoreLimit(rawValue: String(word)) ?? { preconditionFailure("STOWAGE_TEST_S3_LIMITS: \(word) is no limit") }()
    }
    return Set(named).union(environment["STOWAGE_TEST_S3_KIND"] == "ceph" ? ceph : [])
  }()
}
