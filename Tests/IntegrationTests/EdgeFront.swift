import Foundation
import HTTP
import TestSupport

/// A separate nginx with the repository's whole site in front of scripted processes, as the origin of a CDN or without one.
///
/// The CDN's range is 127.0.0.1. So a test can send requests for any address of a client.
final class EdgeFront {
  static let secret = String(repeating: "0123456789abcdef", count: 4)
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../nginx")

  private let nginx: Nginx
  private let processes: [ScriptedFastCGI]

  init(isOrigin: Bool = true) throws {
    nginx = try Nginx(
      server: { folder in
        try? Self.prepare(folder)
        return (isOrigin ? "include snippets/from-cdn.conf;" : "") + "include snippets/site.conf;"
      },
      http: { folder in
        """
        map_hash_bucket_size 256;
        map "" $stowage_sockets { default \(folder.path); }
        map "" $stowage_hsts { default ""; }
        map "" $stowage_store { default "http://127.0.0.1:9"; }
        map $http_origin $stowage_page_origin { default ""; }
        geo $stowage_limit_exempt { default 0; }
        \(Self.session)
        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
        include http/cache.conf;
        include http/cdn.conf;
        include http/cross-origin.conf;
        include http/download.conf;
        include http/guard.conf;
        include http/limits.conf;
        include http/log.conf;
        """
      },
      main: getuid() == 0 ? "user root;" : ""
    )
    processes = try ["files", "presign", "image", "authorize"].map { [nginx] name in
      try ScriptedFastCGI(socket: nginx.folder.appending(path: "\(name).sock").path) { request in
        let address = request["REMOTE_ADDR"]
        return .init(["Status: 200 OK", "Content-Type: text/plain", "Content-Length: \(address.utf8.count)"], address)
      }
    }
  }

  deinit { stop() }

  func stop() {
    for process in processes { process.stop() }
    nginx.stop()
  }

  var url: String { "http://127.0.0.1:\(nginx.port)" }
  /// Sends requests to this nginx, from any thread.
  var client: EdgeClient { EdgeClient(url: url) }
  /// The number of requests that reached a process.
  var count: Int { processes.map(\.requests.count).reduce(0, +) }

  /// The map of the session cookie in local/http.conf.
  private static var session: String {
    let text = (try? String(contentsOf: repository.appending(path: "local/http.conf"), encoding: .utf8)) ?? ""
    let start = text.range(of: "map $http_cookie $stowage_session {")?.lowerBound ?? text.startIndex
    return text[start...].firstRange(of: "\n}").map { String(text[start..<$0.upperBound]) } ?? ""
  }

  private static func prepare(_ folder: URL) throws {
    for name in ["handlers", "snippets", "http", "local"] {
      let copy = folder.appending(path: name)
      try? FileManager.default.removeItem(at: copy)
      try FileManager.default.copyItem(at: repository.appending(path: name), to: copy)
    }
    try? FileManager.default.createDirectory(at: folder.appending(path: "logs"), withIntermediateDirectories: false)
    for (name, text) in [("cdn-ranges", "set_real_ip_from 127.0.0.1;"), ("cdn-secrets", "\(secret) 1;")] {
      try text.write(to: folder.appending(path: "local/\(name).conf"), atomically: true, encoding: .utf8)
    }
  }
}

/// Sends requests to an `EdgeFront`.
struct EdgeClient: Sendable {
  let url: String
  private static let client = HTTPClient()

  /// Sends a GET request.
  func get(_ path: String, _ headers: [(name: String, value: String)] = []) throws -> HTTPResponse {
    var request = HTTPRequest("GET", url + path, headers: headers)
    request.deadlines = HTTPDeadlines(connect: 30, total: 30, stall: 30)
    return try Self.client.send(request)
  }

  /// Sends a GET request as the CDN does for a client with this address.
  func get(_ path: String, from address: String, _ headers: [(name: String, value: String)] = []) throws -> HTTPResponse
  {
    try get(path, headers + [("Stowage-Origin-Secret", EdgeFront.secret), ("X-Forwarded-For", address)])
  }
}
