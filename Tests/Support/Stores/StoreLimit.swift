internal import Foundation

/// A known difference of a store from S3; `KnownLimitTests` show what Stowage does instead.
public enum StoreLimit: String, CaseIterable, Sendable {
  /// The store accepts a checksum whatever the bytes, and does not store it.
  case checksums
  /// Listings of parts contain no checksums.
  case listedChecksums
  /// The store ignores `If-None-Match: *` of a put if versioning is enabled.
  case versionConditions
  /// The store ignores `If-None-Match: *` of a completion.
  case completionConditions
  /// The store refuses to replace an object even if the tag matches.
  case replacements
  /// The response to a copy does not contain the new version.
  case copyVersions
  /// The response to a repeated completion does not contain the version.
  case repeatedVersions
  /// The response to a completion contains a version even without versioning.
  case strayVersions
  /// Listings contain all versions first and then all markers, and a HEAD of a marker looks like one of an object.
  case markers
  /// The store lists all uploads on one page.
  case uploadPages
  /// The store answers 500 if it does not know an upload.
  case unknownUploads
  /// The store uses a part's number as its position in the listing.
  case partNumbers
  /// The store reports 2010 as the start of every upload.
  case uploadTimes
  /// A response to a batch contains raw control characters, which XML forbids.
  case controlCharacters

  /// The response to a form has no ETag header.
  case formTags

  /// The limits of SeaweedFS 4.48.
  public static let seaweedFS: Set<StoreLimit> = [.listedChecksums]
  /// The limits of moto 5.2.
  public static let moto: Set<StoreLimit> = [
    .checksums, .listedChecksums, .strayVersions, .markers, .uploadPages, .unknownUploads,
    .partNumbers, .uploadTimes, .controlCharacters,
  ]
  /// The limits of RGW 16.2.
  public static let ceph: Set<StoreLimit> = [
    .checksums, .listedChecksums, .versionConditions, .completionConditions, .replacements,
    .copyVersions, .repeatedVersions, .formTags,
  ]

  /// The limits of the running system's store.
  public static let ofSystem: Set<StoreLimit> = {
    switch try? Stack.current?.setting("STOWAGE_STORE") {
    case "seaweedfs": seaweedFS
    case "ceph": ceph
    default: []
    }
  }()

  /// The limits of the server from the environment.
  ///
  /// `STOWAGE_TEST_S3_KIND` is `ceph` for a known server; `STOWAGE_TEST_S3_LIMITS` lists the limits of another one,
  /// such as `checksums,versionConditions`.
  public static let ofEnvironment: Set<StoreLimit> = {
    let environment = ProcessInfo.processInfo.environment
    let named = (environment["STOWAGE_TEST_S3_LIMITS"] ?? "").split(separator: ",").map { word in
      StoreLimit(rawValue: String(word)) ?? { preconditionFailure("STOWAGE_TEST_S3_LIMITS: \(word) is no limit") }()
    }
    return Set(named).union(environment["STOWAGE_TEST_S3_KIND"] == "ceph" ? ceph : [])
  }()
}
