public import Core
public import Database
public import Foundation
public import S3
import Storage

/// Hands out files as they were judged, by URLs of the raw bucket.
public struct Downloads: Sendable {
  /// How long such a URL may be used, in seconds: it is followed at once, and a download that began goes on to its end.
  public static let urlSeconds = 60

  private let bucket: String
  private let signer: S3Store
  private let database: FileDatabase

  /// Downloads from the raw `bucket`, whose URLs `signer` signs.
  public init(bucket: String, signer: S3Store, database: FileDatabase) {
    self.bucket = bucket
    self.signer = signer
    self.database = database
  }

  /// A URL of the user's file, by which it is saved under the name that its owner gave.
  ///
  /// It names the version that was judged, or the kept copy on a store without versions; nothing that lies over it is
  /// handed out. Throws `notFound` for unknown and foreign files, and for those that are not ready; `invalidRequest` where
  /// a file shall be shown that a browser is not to open.
  public func url(
    of id: FileID,
    for user: UserID,
    _ kind: ContentDisposition.Kind,
    at now: Date
  ) throws(StorageError) -> String {
    guard let file = try database.file(id), file.user == user, file.state == .ready, let key = file.judgedKey else {
      throw .notFound
    }
    guard kind == .attachment || file.type?.isShownByBrowsers == true else {
      throw .invalidRequest("disposition: only images and PDF are shown inline")
    }
    return try StorageError.reaching("signature") { () throws(StoreError) in
      try signer.presignGet(
        key,
        in: bucket,
        version: file.versionID.map { VersionID($0) },
        contentDisposition: ContentDisposition(kind, named: file.filename).description,
        contentType: file.contentType,
        // Who uploads may name an encoding, by which a browser would make other bytes of what was judged.
        contentEncoding: "identity",
        cacheControl: "private, no-store",
        expires: Self.urlSeconds,
        at: now
      ).url
    }
  }
}

extension FileType {
  fileprivate var isShownByBrowsers: Bool { isImage || self == .pdf }
}
