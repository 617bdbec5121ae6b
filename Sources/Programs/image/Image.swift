//  image: serves the variants of images, and processes or renders an image on demand if needed.
//
//  GET /{prefix}/{userId}/{fileId}/{v}/{name}.{ext}   → 200 the bytes, immutable for a year
//  GET /{prefix}/{userId}/{fileId}/{name}.{ext}       → 302 to the current URL; also for a {v} that is not current
//      404 not_found otherwise, also under the prefix of another visibility; prefixes: images (public), premium, private
//      503 processing, with Retry-After · 503 unavailable
//
//  This process checks no permission: nginx asks authorize before it forwards a request for a premium or private image.
//  Browsers may store these images and must revalidate them before each use.
//
//  An image that is not checked or not rendered yet is processed during the request, under the same lease as in a
//  worker. Routed by nginx/handlers/image.conf, whose cache answers all requests except the first. nginx always sends
//  GET.

import Assembly
import Catalog
import Core
import Database
import Endpoint
import FastCGI
import Foundation
import Metrics
import Processing

@main
struct Image: Handler {
  private let catalog: ImageCatalog
  private let onDemand: OnDemand
  private let served: Counter

  /// An image up to this size is read completely before the response starts, so that a failing store results in a 503.
  private static let wholeBytes: Int64 = 1 << 20

  static var defersResponses: Bool { true }

  init(_ app: some DatabaseProvider & StoreProvider & ProcessingProvider) throws(StorageError) {
    let settings = app.settings
    catalog = ImageCatalog(
      database: try app.database,
      store: try app.interactiveStore,
      bucket: settings.buckets.processed,
      specifications: settings.variants
    )
    served = app.metrics.counter(
      "stowage_served_bytes_total",
      "Bytes of content that the process served, or of whole downloads that it began, by kind.",
      ["kind": "image"]
    )
    if let log = settings.nginxLog { NginxLogMeter.start(path: log, app.metrics) }
    let report = JobReport(app)
    onDemand = OnDemand(
      try app.processing(),
      limits: settings.onDemand,
      decoder: settings.decoder.limits
    ) { kind, file, outcome, start in
      report.tell(kind, of: file, outcome, since: start)
    }
  }

  static func readinessChecks(of app: Application) -> [ReadinessCheck] {
    [.database(of: app), .store(of: app, bucket: app.settings.buckets.processed)] + ReadinessCheck.credentials(of: app)
  }

  func respond(to request: Request) throws -> Response {
    try request.require("GET")
    let path = request.path
    switch try catalog.find(path) {
    case .moved(let current): return Self.redirect(to: current)
    case .image(let image):
      if let response = try response(image, at: path) { return response }
      // After a change of the visibility, a worker moves the object.
      if case .image(let moved) = try catalog.find(path), moved != image, let response = try response(moved, at: path) {
        return response
      }
      return later(.render, image.file, path) { () throws(StorageError) in try catalog.isStored(image) }
    case .awaited(let kind, let file):
      return later(kind, file, path) { () throws(StorageError) in
        if case .awaited = try catalog.find(path) { false } else { true }
      }
    }
  }

  /// Returns a deferred response, which processes `file` first.
  private func later(
    _ kind: JobKind,
    _ file: FileID,
    _ path: String,
    isDone: @escaping @Sendable () throws(StorageError) -> Bool
  ) -> Response {
    let arrival = Date.now
    // The owner of the image stands for the client, because requests for images have no identity.
    return .deferred(for: ImagePath(path)?.user.description) {
      let outcome = try onDemand.settle(kind, of: file, since: arrival, isDone: isDone)
      switch try catalog.find(path) {
      case .moved(let current): return Self.redirect(to: current)
      case .image(let image):
        guard let response = try response(image, at: path) else { throw StorageError.processing(retryAfter: 5) }
        return response
      case .awaited:
        // Idle: no upload of the file has arrived.
        throw outcome == .idle ? StorageError.notFound : .processing(retryAfter: 5)
      }
    }
  }

  /// Returns a response with the bytes of `image`; nil if its object is missing.
  private func response(_ image: ServedImage, at path: String) throws -> Response? {
    let headers = [
      (name: "Content-Type", value: image.contentType),
      (name: "Cache-Control", value: Self.isPublic(path) ? "public, max-age=31536000, immutable" : Self.guarded),
      (name: "ETag", value: "\"\(image.version)\""),
    ]
    if image.size <= Self.wholeBytes {
      return try catalog.bytes(of: image, at: path).map { bytes in
        served.add(bytes.count)
        return Response(status: 200, headers: headers, body: .bytes(bytes))
      }
    }
    guard try catalog.isStored(image) else { return nil }
    served.add(Int(image.size))
    return Response(
      status: 200,
      headers: headers,
      body: .stream(length: image.size) { sink in try catalog.stream(image, at: path) { try sink.write($0) } }
    )
  }

  private static let guarded = "private, no-cache"

  private static func isPublic(_ path: String) -> Bool { path.hasPrefix("/\(Visibility.public.pathPrefix)/") }

  private static func redirect(to path: String) -> Response {
    Response(
      status: 302,
      headers: [("Location", path), ("Cache-Control", isPublic(path) ? "public, max-age=60" : guarded)],
      body: .bytes([])
    )
  }
}
