import Foundation
import HTTP
import TestSupport

/// A second `files` process whose downloads go through nginx, behind a private nginx with the repository's files;
/// database, store and users are the stack's.
final class NginxDownloads: @unchecked Sendable {
  let url: String
  private let nginx: Nginx
  private let process: WatchedProcess
  private let client = HTTPClient()

  /// Starts both; `store` is the address for the bytes.
  init(store: String) throws {
    nginx = try .site(handlers: ["files"], store: store)
    url = "http://127.0.0.1:\(nginx.port)"
    let folder = nginx.folder.path
    let settings = [
      "STOWAGE_SOCKET_DIRECTORY=\(folder)", "STOWAGE_SOCKET_MODE=0666", "STOWAGE_DOWNLOADS=nginx",
      "STOWAGE_LINKS_URL=\(url)",
    ]
    process = try WatchedProcess(["/usr/bin/env"] + settings + ["files"], in: folder, log: "files.log")
    let end = Date.now + 60
    while !FileManager.default.fileExists(atPath: folder + "/files.sock") {
      guard Date.now < end else { throw Unexpected("files does not listen") }
      usleep(20_000)
    }
  }

  func stop() {
    process.stop()
    nginx.stop()
  }

  func send(
    _ method: String,
    _ path: String,
    token: String? = nil,
    headers: [(name: String, value: String)] = [],
    json: String? = nil
  ) throws -> HTTPResponse {
    var all = headers
    if let token { all.append(("Authorization", "Bearer \(token)")) }
    if json != nil { all.append(("Content-Type", "application/json")) }
    let body = json.map { HTTPBody.bytes(Array($0.utf8)) } ?? .none
    var request = HTTPRequest(method, path.hasPrefix("/") ? url + path : path, headers: all, body: body)
    request.deadlines.total = 60
    return try client.send(request)
  }
}
