import Foundation
import S3
import Storage
import TestSupport
import Testing

/// The tags of objects, with the worker and the store of the running system.
@Suite(.enabled(if: isRunning, howToRun)) struct TagTests {
  private let stack: Stack
  private let store: S3Store
  private let user = "tags-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    store = try BucketView(stack).store
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  private func stowage(_ arguments: String...) throws -> String {
    String(decoding: try run("stowage", arguments), as: UTF8.self)
  }

  /// Waits until the object of `file` has these tags.
  private func expectTags(_ tags: [String: String], of file: String) throws {
    let key = "\(user)/\(file)/original.jpg"
    let end = Date.now + 30
    var found: [String: String]?
    while found != tags, .now < end {
      found = try store.tags(of: key, in: "uploads-raw")
      usleep(20_000)
    }
    #expect(found == tags)
  }

  @Test func `the object of a ready file has the tag until its owner becomes premium`() throws {
    let photo = try Photo.jpeg(width: 60, height: 40)
    let files = try (1...3).map { _ in try stack.upload(photo, token: token).id }
    for file in files { try expectTags(["retention": "standard"], of: file) }
    #expect(try stowage("users", "set", user, "--plan", "premium").contains("stowage users show \(user)"))
    for file in files { try expectTags([:], of: file) }
    let premium = try stack.upload(photo, token: token).id
    try expectTags([:], of: premium)
    _ = try stowage("users", "set", user, "--plan", "standard")
    let late = try stack.upload(photo, token: token).id
    try expectTags(["retention": "standard"], of: late)
    for file in files + [premium] { try expectTags([:], of: file) }
    let end = Date.now + 20
    var shown = ""
    repeat { shown = try stowage("users", "show", user) } while shown.contains("\ntags") && .now < end
    #expect(!shown.contains("\ntags"))
  }
}
