public import Core
public import Database
public import Foundation
public import S3
internal import Signing
internal import Storage

/// The location of a file's bytes, and the response headers for a browser.
public struct Download: Hashable, Sendable {
  /// A presigned URL of the store.
  ///
  /// It expires after `Downloads.urlSeconds`.
  public let url: String
  /// The length of the file, in bytes.
  public let size: Int64
  /// The media type.
  public let contentType: String
  /// The `Content-Disposition` header: attachment or inline, with the owner's filename.
  public let disposition: ContentDisposition
  /// The `Cache-Control` header.
  public let cacheControl: String

  /// The `Content-Security-Policy` for bytes that a browser shows from this site: it forbids scripts, loads and
  /// framing.
  public var policy: String { Self.policy }

  /// The `Content-Security-Policy` of every download.
  public static let policy = "default-src 'none'; sandbox; frame-ancestors 'none'"

  /// The path and query of the URL, exactly as they are signed.
  public var target: String {
    guard let scheme = url.firstRange(of: "://"), let slash = url[scheme.upperBound...].firstIndex(of: "/") else {
      return "/"
    }
    return String(url[slash...])
  }
}

/// Issues downloads of files that passed all checks, by presigned URLs of the raw bucket.
public struct Downloads: Sendable {
  /// The lifetime of a URL, in seconds.
  ///
  /// Clients follow the redirect at once, and a download that has begun continues after the expiry.
  public static let urlSeconds = 60
  /// The `Cache-Control` header of the response.
  public static let cacheControl = "private, no-store"
  /// The `Cache-Control` header under an old URL: a page that shows many images asks for each of them again, and gets 304.
  public static let revalidated = "private, no-cache"

  private let bucket: String
  private let signer: S3Store
  private let database: FileDatabase
  private let route: DownloadRoute

  /// Issues downloads from the raw `bucket`, with URLs that `signer` signs.
  ///
  /// With the route `.nginx`, URLs use the store's address for this node instead of its public address.
  public init(bucket: String, signer: S3Store, database: FileDatabase, route: DownloadRoute = .redirect) {
    self.bucket = bucket
    self.signer = route == .nginx ? signer.signingForThisNode() : signer
    self.database = database
    self.route = route
  }

  /// Returns a download of the user's file under its owner's filename.
  ///
  /// The URL selects the object version that was checked, or the checked copy if the store has no versions. Objects
  /// that were uploaded over it later are never served. Throws `notFound` for unknown files, files of other users, and
  /// files that are not ready. Throws `invalidRequest` if `kind` is inline and a browser must not open files of this
  /// type.
  public func download(
    _ id: FileID,
    for user: UserID,
    _ kind: ContentDisposition.Kind,
    at now: Date
  ) throws(StorageError) -> Download {
    guard let file = try database.file(id), file.user == user else { throw .notFound }
    return try download(file, kind, at: now)
  }

  /// Returns a download of the file behind a link's secret; throws `notFound` if the link or the file is not available.
  public func download(by secret: LinkSecret, at now: Date) throws(StorageError) -> Download {
    guard let link = try database.link(openedBy: secret.digest, at: now), let file = try database.file(link.file)
    else { throw .notFound }
    return try download(file, link.disposition, at: now)
  }

  /// Returns a download of a migrated file under its old URL: images of the types that every browser shows are inline.
  ///
  /// Throws `notFound` if the file is not ready. The caller decides who may have the file.
  public func download(underOldURL file: FileRecord, at now: Date) throws(StorageError) -> Download {
    let isShown = file.type?.imageType.map(OldURLSettings.inlineTypes.contains) ?? false
    return try download(file, isShown ? .inline : .attachment, cacheControl: Self.revalidated, at: now)
  }

  private func download(
    _ file: FileRecord,
    _ kind: ContentDisposition.Kind,
    cacheControl: String = Downloads.cacheControl,
    at now: Date
  ) throws(StorageError) -> Download {
    guard file.state == .ready, let size = file.size else { throw .notFound }
    try kind.check(for: file.type)
    let disposition = ContentDisposition(kind, named: file.type?.savedName(file.filename) ?? file.filename)
    let (key, contentType) = (file.judgedKey, file.downloadType)
    let version = file.versionID.map { VersionID($0) }
    let signed = try StorageError.reaching("signature") { () throws(StoreError) in
      switch route {
      case .nginx: try signer.presignGet(key, in: bucket, version: version, expires: Self.urlSeconds, at: now)
      case .redirect:
        try signer.presignGet(
          key,
          in: bucket,
          version: version,
          contentDisposition: disposition.description,
          contentType: contentType,
          // Uploaders can set `Content-Encoding`. A browser would then decode the checked bytes into other bytes.
          contentEncoding: "identity",
          cacheControl: cacheControl,
          expires: Self.urlSeconds,
          at: now
        )
      }
    }
    return Download(
      url: signed.url,
      size: size,
      contentType: contentType,
      disposition: disposition,
      cacheControl: cacheControl
    )
  }
}

extension FileRecord {
  /// The media type of a download.
  ///
  /// A migrated plain file can have any media type. A type that can act in a browser, or that Stowage does not know,
  /// becomes `application/octet-stream`.
  var downloadType: String {
    guard isMigrated, type?.kind ?? .plain == .plain else { return contentType }
    return (try? PlainType(setting: contentType)) == nil ? "application/octet-stream" : contentType
  }
}

extension LinkSecret {
  /// The SHA-256 digest of the secret.
  ///
  /// The database stores only this digest.
  var digest: SHA256Digest {
    get throws(StorageError) {
      guard let digest = SHA256Digest(hexadecimal: SHA256.hexadecimal(of: Array(revealed.utf8))) else {
        throw .unexpected(detail: "an invalid SHA-256 digest")
      }
      return digest
    }
  }
}
