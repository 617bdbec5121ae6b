import Catalog
import Core
import FastCGI
import Metrics

/// Counts the downloads that begin, and their bytes.
struct DownloadMeter: Sendable {
  private let routes: [DownloadRoute: Counter]
  private let bytes: Counter

  init(_ metrics: Registry) {
    let counters = [DownloadRoute.nginx, .redirect].map { route in
      (
        route,
        metrics.counter(
          "stowage_downloads_total",
          "Downloads that began, through nginx or by a redirect to the store.",
          ["route": route == .nginx ? "nginx" : "store"]
        )
      )
    }
    routes = Dictionary(counters, uniquingKeysWith: { first, _ in first })
    bytes = metrics.counter(
      "stowage_served_bytes_total",
      "Bytes of content that the process served, or of whole downloads that it began, by kind.",
      ["kind": "download"]
    )
  }

  /// Counts `download`, unless the request is a HEAD.
  func count(_ download: Download, by route: DownloadRoute, for request: Request) {
    guard request.method == "GET" else { return }
    routes[route]?.add()
    bytes.add(Int(download.size))
  }
}
