import Foundation
import HTTP
import TestSupport
import Testing

/// A private nginx with the repository's image cache, unchanged or with one setting replaced, in front of a scripted
/// process.
///
/// A second scripted process can stand in for authorize, for the cache of private and premium images.
final class CacheFront: @unchecked Sendable {
  typealias Request = ScriptedFastCGI.Request
  typealias Answer = ScriptedFastCGI.Answer

  /// A setting of the repository's files, and its replacement.
  struct Change {
    let from: String
    let to: String
    init(_ from: String, to: String) { (self.from, self.to) = (from, to) }
  }

  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../nginx")
  private static let files = [
    "http/limits.conf", "http/cache.conf", "snippets/image-cache.conf", "snippets/params.conf", "snippets/purge.conf",
  ]
  private static let guardFiles = [
    "http/guard.conf", "http/cross-origin.conf", "handlers/authorize.conf", "snippets/guarded-problems.conf",
    "snippets/problem.conf", "snippets/problems.conf", "snippets/cross-origin.conf", "snippets/headers.conf",
    "snippets/api.conf", "snippets/service-links.conf", "snippets/process.conf", "snippets/problem-pages.conf",
    "snippets/open-api.conf", "snippets/connections.conf", "local/identity.conf",
  ]

  private let nginx: Nginx
  private let process: ScriptedFastCGI
  private let authorize: ScriptedFastCGI?
  private let client = HTTPClient()

  /// Throws unless each setting to be replaced occurs in the files exactly once.
  init(
    _ changes: [Change] = [],
    guardedBy authorize: (@Sendable (Request) -> Answer)? = nil,
    answer: @escaping @Sendable (Request) -> Answer
  ) throws {
    let isGuarded = authorize != nil
    let texts = try Self.texts(Self.files + (isGuarded ? Self.guardFiles : ["handlers/image.conf"]), changes)
    nginx = try Nginx(
      server: { folder in
        for (name, text) in texts {
          let file = folder.appending(path: name)
          try? FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
          )
          try? text.write(to: file, atomically: true, encoding: .utf8)
        }
        return
          (isGuarded
          ? "include snippets/problems.conf; include handlers/authorize.conf;" : "include handlers/image.conf;")
          + "include snippets/purge.conf;"
      },
      http: { folder in
        """
        map "" $stowage_sockets { default \(folder.path); }
        map "" $stowage_hsts { default ""; }
        map "" $stowage_page_origin { default ""; }
        geo $stowage_limit_exempt { default 1; }
        map "" $stowage_session { default ""; }
        include http/*.conf;
        """
      },
      main: try Self.modules()
    )
    process = try ScriptedFastCGI(socket: nginx.folder.appending(path: "image.sock").path, answer: answer)
    let socket = nginx.folder.appending(path: "authorize.sock").path
    self.authorize = try authorize.map { try ScriptedFastCGI(socket: socket, answer: $0) }
  }

  deinit { stop() }

  /// The requests that have reached the process so far.
  var requests: [Request] { process.requests }
  /// The requests that have reached authorize so far.
  var questions: [Request] { authorize?.requests ?? [] }
  /// The address of the server, without a trailing slash.
  var url: String { "http://127.0.0.1:\(nginx.port)" }

  /// Stops authorize, and deletes its socket.
  func stopAuthorize() {
    authorize?.stop()
    try? FileManager.default.removeItem(at: nginx.folder.appending(path: "authorize.sock"))
  }

  /// Deletes all files of the cache, as an administrator might.
  func deleteCachedFiles() throws {
    let cache = nginx.folder.appending(path: "cache")
    let files = FileManager.default.enumerator(at: cache, includingPropertiesForKeys: [.isRegularFileKey])
    for case let file as URL in try #require(files)
    where try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true {
      try FileManager.default.removeItem(at: file)
    }
  }

  func stop() {
    authorize?.stop()
    process.stop()
    nginx.stop()
  }

  /// Sends a request; nil if the response broke off.
  @Sendable func ask(_ path: String, method: String = "GET", headers: [(name: String, value: String)] = [])
    -> HTTPResponse?
  {
    var request = HTTPRequest(method, url + path, headers: headers)
    request.deadlines.total = 60
    request.deadlines.stall = 60
    return try? client.send(request)
  }

  /// Sends a request and returns the response in short form: its status and its text.
  func text(_ path: String, method: String = "GET") -> String {
    guard let answer = ask(path, method: method) else { return "broken" }
    return "\(answer.head.status) \(String(decoding: answer.body, as: UTF8.self))"
  }

  /// Returns the line of nginx.conf that loads cache-purge.
  private static func modules() throws -> String {
    let text = try String(contentsOf: repository.appending(path: "nginx.conf"), encoding: .utf8)
    return text.split(separator: "\n").filter { $0.hasPrefix("load_module") }.joined(separator: "\n")
  }

  private static func texts(_ files: [String], _ changes: [Change]) throws -> [(String, String)] {
    var texts = try files.map { ($0, try String(contentsOf: repository.appending(path: $0), encoding: .utf8)) }
    for change in changes {
      let places = texts.indices.filter { texts[$0].1.contains(change.from) }
      guard places.count == 1, texts[places[0]].1.components(separatedBy: change.from).count == 2 else {
        throw Unexpected("\(change.from) does not stand in nginx's files exactly once")
      }
      texts[places[0]].1.replace(change.from, with: change.to)
    }
    return texts
  }
}
