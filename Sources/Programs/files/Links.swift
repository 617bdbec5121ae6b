import Access
import Catalog
import Core
import Endpoint
import FastCGI
import Foundation

/// The routes that manage public links to a file, and the route that opens such a link.
struct Links: Sendable {
  /// The prefix of link paths; a secret follows it.
  static let prefix = "/v1/links/"

  let catalog: LinkCatalog
  let downloads: Downloads
  let route: DownloadRoute
  let meter: DownloadMeter

  func all(to file: FileID, _ request: Request, for user: UserID) throws -> Response {
    try request.require("GET", "HEAD", "POST")
    guard request.method == "POST" else {
      return try .record(catalog.links(to: file, of: user, at: .now), for: request)
    }
    let body: TermsBody = request.body.isEmpty ? TermsBody() : try request.json()
    let terms = try LinkTerms(seconds: body.expiresInSeconds, disposition: body.disposition)
    return .json(try catalog.make(terms, to: file, of: user, at: .now), status: 201)
  }

  func one(_ link: LinkID, to file: FileID, _ request: Request, for user: UserID) throws -> Response {
    try request.require("DELETE")
    try catalog.revoke(link, to: file, of: user)
    return Response(status: 204, headers: [("Cache-Control", "no-store")])
  }

  /// Returns the bytes to everyone who has the link; all failures are the same 404.
  func open(_ request: Request) throws -> Response {
    try request.require("GET", "HEAD")
    guard let secret = LinkSecret(String(request.path.dropFirst(Self.prefix.count))) else {
      throw StorageError.notFound
    }
    let download = try downloads.download(by: secret, at: .now)
    meter.count(download, by: route, for: request)
    var response = Response.bytes(of: download, by: route, for: request)
    response.headers += [("X-Robots-Tag", "noindex"), ("Referrer-Policy", "no-referrer")]
    return response
  }
}

/// The terms of a new link.
private struct TermsBody: RequestBody {
  var expiresInSeconds: Int?
  var disposition: String?

  enum CodingKeys: CodingKey, CaseIterable { case expiresInSeconds, disposition }
}
