import Core
import HTTP

extension Doctor {
  /// Checks if nginx and the process `image` answer at the address of image URLs.
  func site() -> Finding {
    let address = patient.settings.imagesURL + "/images/doctor"
    let client = HTTPClient(HTTPClient.Settings(caFile: patient.certificateAuthority))
    do throws(HTTPError) {
      let status = try client.send(HTTPRequest("GET", address, deadlines: HTTPDeadlines(total: 10))).head.status
      guard status == 404 else {
        return .bad(
          "site",
          "\(address) answers \(status), not 404",
          "Look into nginx's error log; are nginx/handlers in place?"
        )
      }
      return .good("site", "\(patient.settings.imagesURL) answers")
    } catch {
      return .bad(
        "site",
        "\(address): \(error)",
        "Start nginx, or correct STOWAGE_IMAGES_URL. For a certificate of your own, let STOWAGE_CA name its authority."
      )
    }
  }

  /// Checks if the private listener of a node's nginx answers.
  ///
  /// Cache invalidations use this listener.
  func cache(_ node: String) -> Finding {
    do throws(HTTPError) {
      let request = HTTPRequest("GET", node + "/image/health/live", deadlines: HTTPDeadlines(total: 5))
      let status = try HTTPClient(HTTPClient.Settings()).send(request).head.status
      if status == 200 { return .good("cache", node) }
      return .bad(
        "cache",
        "\(node) answers \(status) for the health of image",
        "STOWAGE_CACHE_NODES names private listeners: nginx/sites/monitor.conf, where nginx/local/listen-metrics.conf says."
      )
    } catch {
      return .bad(
        "cache",
        "\(node): \(error)",
        "Start nginx there, or correct STOWAGE_CACHE_NODES. Until then withdrawn images stay in its cache, 10 minutes at most."
      )
    }
  }
}
