import FastCGI
import Foundation
import HTTP
import TestSupport
import Testing

/// Separate processes behind a separate nginx with the repository's files, so that a test can change keys and logins.
final class IdentityFront {
  let folder: ScratchFolder
  private let nginx: Nginx
  private let processes: [PrivateProcess]
  private let client = HTTPClient()

  /// Starts `names`; with `login`, an address, their identity comes from that login.
  ///
  /// `store` is the address for the bytes of downloads. With `site`, the example for old URLs in local/site.conf is active,
  /// with these lines after it.
  init(
    _ settings: [String: String] = [:],
    of names: [String] = ["files"],
    login: String? = nil,
    store: String = "http://127.0.0.1:9",
    site: String? = nil
  ) throws {
    folder = try ScratchFolder()
    let own = login == nil ? settings : settings.merging(["STOWAGE_IDENTITY": "nginx"]) { $1 }
    processes = try names.map { [folder] in try PrivateProcess($0, own, in: folder) }
    nginx = try .site(handlers: names, sockets: folder.path, store: store) { local in
      if let login { try? Self.turnOn(login, in: local) }
      if let site {
        try? Self.turnOn(local.appending(path: "site.conf"), from: "location ^~ /uploads/") { $0 + "\n" + site }
      }
    }
  }

  deinit { nginx.stop() }

  /// Activates the login in the files of local/: uncomments the examples, and sets the application's address.
  private static func turnOn(_ login: String, in folder: URL) throws {
    for (name, start) in [("identity.conf", "include"), ("login.conf", "location")] {
      try turnOn(folder.appending(path: name), from: start) { $0.replacing("http://127.0.0.1:3000", with: login) }
    }
  }

  /// Uncomments the lines of `file` from the one that begins with `start` to the next empty one, and changes their text.
  static func turnOn(_ file: URL, from start: String, _ change: (String) -> String) throws {
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
    let first = try #require(lines.firstIndex { $0.hasPrefix("# " + start) })
    let end = lines[first...].firstIndex(of: "") ?? lines.endIndex
    let example = lines[first..<end].map { $0.dropFirst(2) }.joined(separator: "\n")
    let others = lines[..<first] + lines[end...]
    try (change(example) + "\n" + others.joined(separator: "\n")).write(to: file, atomically: true, encoding: .utf8)
  }

  var url: String { "http://127.0.0.1:\(nginx.port)" }

  func send(
    _ method: String,
    _ path: String,
    _ headers: [(name: String, value: String)] = [],
    body: String? = nil
  ) throws -> HTTPResponse {
    var request = HTTPRequest(method, url + path, headers: headers)
    if let body {
      request.body = .bytes(Array(body.utf8))
      request.headers.append(("Content-Type", "application/json"))
    }
    request.deadlines = HTTPDeadlines(connect: 60, total: 60, stall: 60)
    return try client.send(request)
  }

  /// Returns the status for a token and an unknown file: 404 if the token is valid.
  func status(_ token: String) throws -> Int {
    try send("GET", "/v1/files/\(UUID().uuidString.lowercased())", [("Authorization", "Bearer \(token)")]).head.status
  }

  /// Returns the log line about one request; waits, because a log line may come later than the response.
  func line(of answer: HTTPResponse, in process: String = "files") throws -> [String: Any] {
    let id = try #require(answer.head["X-Request-ID"])
    let end = Date.now + 60
    while Date.now < end {
      let log = try String(contentsOfFile: folder.file("\(process).log"), encoding: .utf8)
      if let line = log.split(separator: "\n").first(where: { $0.contains(id) && $0.hasSuffix("}") }) {
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      }
      usleep(20_000)
    }
    throw Unexpected("no line of request \(id)")
  }

  /// Waits until the token gets this status, for longer than the pause after a failed fetch.
  func expect(_ status: Int, _ token: String, _ what: String) throws {
    let end = Date.now + 90
    while try self.status(token) != status {
      guard Date.now < end else { throw Unexpected("\(what): not \(status) within 90 s") }
      usleep(50_000)
    }
  }

  func readiness(_ process: String) throws -> Int {
    try Client(socket: folder.file("\(process).sock")).get("/health/ready", within: .seconds(60)).status
  }
}
