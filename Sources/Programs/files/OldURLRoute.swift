import Access
import Catalog
import Core
import Database
import Endpoint
import FastCGI
import Foundation
import Migration

/// The route for the URLs that migrated files had in the application (nginx/snippets/old-urls.conf).
struct OldURLRoute: Sendable {
  let urls: OldURLs
  let authenticator: Authenticator
  let cookie: CookieRule?
  let downloads: Downloads
  let route: DownloadRoute
  let meter: DownloadMeter
  let imagesURL: String

  /// Returns the bytes of a request's path below the prefix; nil unless nginx says that the path is an old URL.
  ///
  /// A path need not be UTF-8, so nginx passes the path as a separate parameter, and the prefix as DOCUMENT_URI.
  static func path(of request: Request) -> [UInt8]? {
    guard let whole = request.bytes(ofParameter: "STOWAGE_OLD_URL") else { return nil }
    guard whole.starts(with: request.path.utf8) else { return [] }
    return Array(whole.dropFirst(request.path.utf8.count))
  }

  func open(_ path: [UInt8], _ request: Request) throws -> Response {
    try request.require("GET", "HEAD")
    switch try urls.find(path, for: try user(of: request)) {
    case .stored(let file):
      request.notes.add("file", file.id.description)
      let download = try downloads.download(underOldURL: file, at: .now)
      meter.count(download, by: route, for: request)
      return .bytes(of: download, by: route, for: request)
    case .image(let variant, let visibility):
      // The address has a version, so it never shows another image.
      let location = "\(imagesURL)/\(visibility.pathPrefix)/\(variant.key)"
      return Response(status: 302, headers: [("Location", location), ("Cache-Control", "no-store")])
    case .disk(let file):
      request.notes.add("from", "disk")
      return .bytes(of: file)
    }
  }

  /// The user of a request; nil if the request has no credentials and nginx identifies nobody: public images need none.
  private func user(of request: Request) throws(StorageError) -> UserID? {
    do throws(StorageError) {
      return try authenticator.identify(reading: request, orBy: cookie).user
    } catch {
      guard case .unauthenticated = error, !authenticator.believesNginx, request.header("Authorization") == nil else {
        throw error
      }
      return nil
    }
  }
}

extension Response {
  /// Lets nginx send a file of the old folder (nginx/snippets/disk-file.conf).
  fileprivate static func bytes(of file: DiskFile) -> Response {
    Response(
      status: 200,
      headers: [
        ("X-Accel-Redirect", "/internal/old" + file.target), ("X-Stowage-Folder", file.folder),
        ("Content-Type", file.contentType), ("X-Stowage-Disposition", file.disposition.description),
        ("X-Stowage-Cache-Control", Downloads.revalidated), ("Content-Security-Policy", Download.policy),
      ]
    )
  }
}
