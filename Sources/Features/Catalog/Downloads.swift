public import Core
public import Database
public import Foundation
public import S3
internal import Signing
internal import Storage

/// Where the bytes of a file are to be had, and what a browser is told of them.
public struct Download: Hashable, Sendable {
  /// A URL of the store that lives for `Downloads.urlSeconds`.
  public let url: String
  /// The media type.
  public let contentType: String
  /// Saved or shown, and the owner's name for it.
  public let disposition: ContentDisposition

  /// What the bytes may do where a browser shows them from this site: nothing.
  public var policy: String { "default-src 'none'; sandbox; frame-ancestors 'none'" }

  /// What follows the server in the URL: path and query, as they are signed.
  public var target: String {
    guard let scheme = url.firstRange(of: "://"), let slash = url[scheme.upperBound...].firstIndex(of: "/") else {
      return "/"
    }
    return String(url[slash...])
  }
}

/// Hands out files as they were judged, by URLs of the raw bucket.
public struct Downloads: Sendable {
  /// How long such a URL may be used, in seconds: it is followed at once, and a download that began goes on to its end.
  public static let urlSeconds = 60
  /// What caches are told of the bytes.
  public static let cacheControl = "private, no-store"

  private let bucket: String
  private let signer: S3Store
  private let database: FileDatabase
  private let route: DownloadRoute

  /// Downloads from the raw `bucket`, whose URLs `signer` signs; those for nginx name the address that this node uses.
  public init(bucket: String, signer: S3Store, database: FileDatabase, route: DownloadRoute = .redirect) {
    self.bucket = bucket
    self.signer = route == .nginx ? signer.signingForThisNode() : signer
    self.database = database
    self.route = route
  }

  /// The user's file, saved under the name that its owner gave.
  ///
  /// It is the version that was judged, or the kept copy on a store without versions; nothing that lies over it is
  /// handed out. Throws `notFound` for unknown and foreign files, and for those that are not ready; `invalidRequest` where
  /// a file shall be shown that a browser is not to open.
  public func download(
    _ id: FileID,
    for user: UserID,
    _ kind: ContentDisposition.Kind,
    at now: Date
  ) throws(StorageError) -> Download {
    guard let file = try database.file(id), file.user == user else { throw .notFound }
    return try download(file, kind, at: now)
  }

  /// The file that a link of this secret leads to; throws `notFound` whatever is not as it must be.
  public func download(by secret: LinkSecret, at now: Date) throws(StorageError) -> Download {
    guard let link = try database.link(openedBy: secret.digest, at: now), let file = try database.file(link.file)
    else { throw .notFound }
    return try download(file, link.disposition, at: now)
  }

  private func download(
    _ file: FileRecord,
    _ kind: ContentDisposition.Kind,
    at now: Date
  ) throws(StorageError) -> Download {
    guard file.state == .ready, let key = file.judgedKey else { throw .notFound }
    try kind.check(for: file.type)
    let disposition = ContentDisposition(kind, named: file.type?.savedName(file.filename) ?? file.filename)
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
          contentType: file.contentType,
          // Who uploads may name an encoding, by which a browser would make other bytes of what was judged.
          contentEncoding: "identity",
          cacheControl: Self.cacheControl,
          expires: Self.urlSeconds,
          at: now
        )
      }
    }
    return Download(url: signed.url, contentType: file.contentType, disposition: disposition)
  }
}

extension LinkSecret {
  /// What the database knows of it.
  var digest: SHA256Digest {
    get throws(StorageError) {
      guard let digest = SHA256Digest(hexadecimal: SHA256.hexadecimal(of: Array(revealed.utf8))) else {
        throw .unexpected(detail: "a digest that is none")
      }
      return digest
    }
  }
}
