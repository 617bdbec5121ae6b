import Foundation
import HTTP
import TestSupport
import Testing

/// Images that are invalidated while nginx is half way through fetching them into its cache.
///
/// An nginx between `image` and the store takes about ten seconds per image. Another nginx in front of `image` has the
/// repository's cache configuration.
struct SlowFill: Sendable {
  private static let seconds = 10

  private struct Picture: Sendable {
    let upload: FireFixture.Upload
    let path: String
    let size: Int
  }

  /// The result of one fetch into the cache.
  private struct Fill: Sendable {
    /// Nil if the response broke off.
    let status: Int?
    let isOverBeforeInvalidation: Bool
    let invalidation: Int
    let later: [Int]
  }

  private let fixture: FireFixture
  private let user: FireFixture.User

  init(_ fixture: FireFixture) throws {
    self.fixture = fixture
    user = try fixture.user()
  }

  func run() throws {
    let pictures = try (0..<3).map { _ in try picture() }
    let rate = (pictures.map(\.size).max() ?? 0) / Self.seconds
    let store = try Nginx(server: { _ in
      "location / { proxy_pass \(fixture.stack.environment["STOWAGE_S3_URL"] ?? ""); proxy_set_header Host $http_host; limit_rate \(rate); }"
    })
    defer { store.stop() }
    let image = try SecondImage(fixture.stack, settings: ["STOWAGE_S3_URL": "http://127.0.0.1:\(store.port)"])
    defer { image.stop() }
    let front = try front(socket: image.socket)
    defer { front.stop() }
    let json = #"{"visibility":"private"}"#
    let port = front.port
    let fills = try concurrently(3) { number in
      let picture = pictures[number]
      return try fill(picture, at: port) {
        let path = "/v1/files/\(picture.upload.id)"
        return switch number {
        case 0: try send("DELETE", path)
        case 1: try send("PATCH", path, json)
        default: 0
        }
      }
    }
    for (fill, status) in zip(fills, [204, 200]) {
      #expect(fill.invalidation == status && !fill.isOverBeforeInvalidation)
      #expect(fill.status == nil, "what was withdrawn came whole")
      #expect(Set(fill.later) == [404], "\(fill.later)")
    }
    let control = try #require(fills.last)
    #expect(control.status == 200 && Set(control.later) == [200], "what nobody withdrew did not come: \(control)")
    let kept = FileManager.default.enumerator(atPath: front.folder.appending(path: "cache").path)?.compactMap {
      $0 as? String
    }
    var large = 0
    for file in kept ?? [] {
      let bytes = FileManager.default.contents(atPath: front.folder.appending(path: "cache/\(file)").path)?.count ?? 0
      if bytes >= 1 << 16 { large += 1 }
    }
    #expect(large == 1, "only what nobody withdrew is kept")
  }

  /// Uploads a picture of noise, which does not compress, and returns the URL of its largest rendering.
  private func picture() throws -> Picture {
    let noise = ["-size", "1600x1200", "xc:gray50", "+noise", "Random", "-quality", "85", "jpeg:-"]
    let upload = try fixture.upload(.own([UInt8](TestSupport.run("convert", noise))), as: user)
    try fixture.settle([upload])
    let file = try fixture.stack.file(upload.id, token: user.token)
    let variant = try #require(file.variants.max { $0.size < $1.size })
    #expect(variant.size > 1 << 20)
    return Picture(
      upload: upload,
      path: String(variant.url.dropFirst(fixture.stack.url.count)),
      size: Int(variant.size)
    )
  }

  /// Starts an nginx with the repository's image cache in front of another `image` process.
  private func front(socket: String) throws -> Nginx {
    let files = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../nginx").standardizedFileURL
    let modules = try String(contentsOf: files.appending(path: "nginx.conf"), encoding: .utf8).split(separator: "\n")
      .filter { $0.hasPrefix("load_module") }.joined(separator: "\n")
    let sockets = URL(filePath: socket).deletingLastPathComponent().path
    return try Nginx(
      server: { folder in
        for name in ["http", "snippets", "handlers"] {
          let link = folder.appending(path: name)
          try? FileManager.default.createSymbolicLink(at: link, withDestinationURL: files.appending(path: name))
        }
        return "include handlers/image.conf;"
      },
      http: { _ in
        """
        map "" $stowage_sockets { default \(sockets); }
        map "" $stowage_hsts { default ""; }
        geo $stowage_limit_exempt { default 1; }
        map "" $stowage_session { default ""; }
        include http/limits.conf;
        include http/cache.conf;
        """
      },
      // Only the owner may use the socket.
      main: (geteuid() == 0 ? "user root;\n" : "") + modules
    )
  }

  /// Requests the picture, invalidates it when only part of it can have arrived, and requests it again a second later.
  private func fill(_ picture: Picture, at port: Int, withdrawing withdraw: () throws -> Int) throws -> Fill {
    let first = Pending { try ask(picture.path, at: port) }
    usleep(3_000_000)
    let isOver = first.isOver
    let invalidation = try withdraw()
    usleep(1_000_000)
    var later = [try ask(picture.path, at: port)]
    let status = first.value()
    for _ in 0..<4 { later.append(try ask(picture.path, at: port)) }
    return Fill(
      status: status,
      isOverBeforeInvalidation: isOver,
      invalidation: invalidation,
      later: later.map { $0 ?? 0 }
    )
  }

  /// Returns the status, or nil if the response broke off.
  private func ask(_ path: String, at port: Int) throws -> Int? {
    var request = HTTPRequest("GET", "http://127.0.0.1:\(port)\(path)", headers: [("Connection", "close")])
    request.deadlines.total = 60
    request.deadlines.stall = 60
    request.maximumAnswer = 64 << 20
    return try? HTTPClient().send(request).head.status
  }

  private func send(_ method: String, _ path: String, _ json: String? = nil) throws -> Int {
    let headers = [(name: "Authorization", value: "Bearer \(user.token)"), ("Content-Type", "application/json")]
    return try fixture.stack.send(method, path, headers: headers, body: json.map { Array($0.utf8) }).head.status
  }
}

/// The result of a closure that runs on a separate thread; nil if the closure fails.
private final class Pending: @unchecked Sendable {
  private let group = DispatchGroup()
  private let lock = NSLock()
  private var found: Int?

  init(_ body: @escaping @Sendable () throws -> Int?) {
    group.enter()
    Thread.detachNewThread { [self] in
      let value = (try? body()) ?? nil
      lock.withLock { found = value }
      group.leave()
    }
  }

  var isOver: Bool { group.wait(timeout: .now()) == .success }

  func value() -> Int? {
    group.wait()
    return lock.withLock { found }
  }
}
