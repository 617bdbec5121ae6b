import Foundation
import HTTP
import TestSupport

/// A tree of one user's old uploads, and a separate nginx and `files` process that serve the old URLs; database, store and
/// users are the stack's.
final class OldURLFront {
  let stack: Stack
  let tree: ScratchFolder
  let user = "old-\(UUID().uuidString.lowercased())"
  let token: String
  private(set) var front: IdentityFront

  /// Starts both; with `fromDisk`, files that the bucket does not have come from the tree.
  init(_ stack: Stack, fromDisk: Bool = true, _ settings: [String: String] = [:]) throws {
    self.stack = stack
    tree = try ScratchFolder()
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
    // nginx's workers are root or the same user, so that they can enter the folder.
    front = try Self.front(stack, settings.merging(fromDisk ? ["STOWAGE_OLD_URLS_FOLDER": tree.path] : [:]) { $1 })
  }

  static func front(
    _ stack: Stack,
    _ settings: [String: String],
    login: String? = nil,
    site: String = ""
  ) throws -> IdentityFront {
    let own = ["STOWAGE_DATABASE_URL": try stack.setting("STOWAGE_DATABASE_URL")].merging(settings) { $1 }
    guard let store = stack.environment["STOWAGE_S3_URL"] else { throw Unexpected("no store") }
    return try IdentityFront(own, login: login, store: store, site: site)
  }

  /// Starts the processes again with these settings.
  func restart(_ settings: [String: String]) throws { front = try Self.front(stack, settings) }

  func write(_ bytes: [UInt8], _ path: String) throws {
    let file = URL(filePath: tree.file("\(user)/\(path)"))
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  @discardableResult
  func migrate(_ arguments: String...) throws -> String {
    let all = ["migrate", "run", tree.path, "--create-users"] + arguments
    return String(decoding: try run("stowage", all), as: UTF8.self)
  }

  /// Waits until every migrated file of the user is checked, and returns the files by name.
  func settled() throws -> [String: Stack.File] {
    struct Page: Decodable { var files: [Stack.File] }
    let headers = [(name: "Authorization", value: "Bearer \(token)")]
    let all = "/v1/files?limit=1000&state=pending,received,ready,quarantined"
    for _ in 0..<600 {
      let page = try Stack.decode(stack.send("GET", all, headers: headers), status: 200) as Page
      if page.files.allSatisfy({ ["ready", "quarantined"].contains($0.state) }) {
        return Dictionary(page.files.map { ($0.filename, $0) }) { first, _ in first }
      }
      usleep(100_000)
    }
    throw Unexpected("files are not checked")
  }

  /// Requests a path below the user's folder; the path is percent-encoded.
  func ask(
    _ path: String,
    _ method: String = "GET",
    token: String? = nil,
    _ headers: [(name: String, value: String)] = []
  ) throws -> HTTPResponse {
    try front.send(method, "/uploads/\(user)/\(path)", [("Authorization", "Bearer \(token ?? self.token)")] + headers)
  }
}
