//  image: the variants of ready, public images.
//
//  GET /images/{userId}/{fileId}/{v}/{name}.{ext}   → 200 the bytes, immutable for a year
//  GET /images/{userId}/{fileId}/{name}.{ext}       → 302 to the current URL; so is a {v} that is not current
//      404 not_found for all else · 503 unavailable
//
//  Routed by nginx/handlers/image.conf, whose cache answers all but the first request. Always asked with GET.

import Assembly
import Catalog
import Core
import Endpoint
import FastCGI

@main
struct Image: Handler {
  private let catalog: ImageCatalog

  /// Up to this many bytes are read before the first is sent, so that a store that fails midway is a clean 503.
  private static let wholeBytes: Int64 = 1 << 20

  init(_ app: Application) throws(StorageError) {
    catalog = ImageCatalog(
      database: try app.database,
      store: try app.store,
      bucket: app.settings.buckets.processed
    )
  }

  func respond(to request: Request) throws(StorageError) -> Response {
    try request.require("GET")
    let path = request.path
    switch try catalog.find(path) {
    case .moved(let current):
      return Response(
        status: 302,
        headers: [("Location", current), ("Cache-Control", "public, max-age=60")],
        body: .bytes([])
      )
    case .image(let image):
      let headers = [
        (name: "Content-Type", value: image.contentType),
        (name: "Cache-Control", value: "public, max-age=31536000, immutable"),
        (name: "ETag", value: "\"\(image.version)\""),
      ]
      guard image.size > Self.wholeBytes else {
        return Response(status: 200, headers: headers, body: .bytes(try catalog.bytes(of: image, at: path)))
      }
      return Response(
        status: 200,
        headers: headers,
        body: .stream(length: image.size) { sink in try catalog.stream(image, at: path) { try sink.write($0) } }
      )
    }
  }
}
