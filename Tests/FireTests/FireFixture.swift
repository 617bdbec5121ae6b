import Foundation
import HTTP
import S3
import Storage
import Synchronization
import TestSupport
import Testing

/// The system under test, and operations on it.
struct FireFixture: Sendable {
  /// A user who uploads.
  struct User: Sendable {
    let name: String
    let token: String
  }

  /// An upload, and the state in which it must end.
  struct Upload: Sendable {
    let id: String
    let user: User
    let key: String
    let wanted: String
  }

  let stack: Stack
  let store: S3Store
  let ledger: Ledger
  /// The raw bucket.
  let raw: String

  init(_ stack: Stack) throws {
    self.stack = stack
    store = try BucketView(stack).store
    ledger = try Ledger(stack.databasePath)
    raw = try stack.setting("STOWAGE_BUCKET_RAW")
  }

  /// The text that the malware scanner detects.
  var signature: String { stack.environment["STOWAGE_TEST_SIGNATURE"] ?? "" }

  /// Creates a new user.
  func user() throws -> User {
    let name = "fire-\(UUID().uuidString.prefix(8).lowercased())"
    let token = String(decoding: try run("stowage", ["token", "--user", name]), as: UTF8.self)
    return User(name: name, token: token.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// Claims and PUTs, as a browser does.
  func upload(_ payload: Payload, as user: User) throws -> Upload {
    let ticket = try stack.ticket(
      "file.\(payload.fileExtension)",
      type: payload.type,
      size: payload.bytes.count,
      token: user.token
    )
    let answer = try stack.put(payload.bytes, ticket)
    guard answer.head.status == 200 else { throw Unexpected("PUT: \(answer.head.status)") }
    return Upload(
      id: ticket.fileId,
      user: user,
      key: "\(user.name)/\(ticket.fileId)/original.\(payload.fileExtension)",
      wanted: payload.wanted
    )
  }

  /// Overwrites an upload with an administrator's keys.
  func overwrite(_ key: String, with bytes: [UInt8]) throws {
    _ = try store.put(.bytes(bytes), to: key, in: raw, options: PutOptions(contentType: "image/jpeg"))
  }

  /// Runs `body` while no event arrives, so that only the sweep can find uploads.
  func withoutEvents(_ body: () throws -> Void) throws {
    let webhook = try stack.processID("webhook")
    kill(webhook, SIGSTOP)
    defer { kill(webhook, SIGCONT) }
    try body()
  }

  /// Waits until no work is left for these uploads.
  func settle(_ uploads: [Upload], within seconds: TimeInterval = 300) throws {
    let ids = uploads.map(\.id)
    try until("settled", within: seconds) { try ledger.unsettled(ids).isEmpty }
  }

  /// Records the violations that the auditor still finds after a minute.
  func audit(_ uploads: [Upload]) throws {
    let left = try Auditor.lasting {
      try settle(uploads)
      return try Auditor.audit(uploads).violations
    }
    #expect(left.isEmpty, "\(left)")
  }

  /// Returns the URL of one of the upload's images, once the upload is ready.
  func variant(_ name: String, of upload: Upload) throws -> String {
    let file = try stack.file(upload.id, token: upload.user.token)
    guard let variant = file.variants.first(where: { $0.name == name }) else {
      throw Unexpected("\(upload.id) is \(file.state), without \(name)")
    }
    return variant.url
  }

  /// Deletes the upload's renderings from the processed bucket, which no component of the product does.
  func removeRenderings(of upload: Upload) throws {
    let bucket = "uploads-processed"
    for place in ["images", "~guarded"] {
      let prefix = "\(place)/\(upload.user.name)/\(upload.id)/"
      for object in try store.list(bucket, prefix: prefix, after: nil, limit: 100).items {
        try store.delete(object.key, in: bucket)
      }
    }
  }

  /// Returns the log lines about the upload's jobs, from all processes of the stack and those that tests started.
  func jobs(of upload: Upload) throws -> [LoggedJob] {
    let folder = stack.folder.appending(path: "logs")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".log") }
    return try names.flatMap { name in
      try String(contentsOf: folder.appending(path: name), encoding: .utf8).split(separator: "\n")
        .filter { $0.contains(upload.id) && $0.contains("\"outcome\"") }
        .compactMap { try? JSONDecoder().decode(LoggedJob.self, from: Data($0.utf8)) }
    }
  }

  /// Creates the raw bucket again without versioning.
  ///
  /// The bucket must be empty.
  func forgetVersions() throws {
    let page = try store.listVersions(raw, prefix: "", after: nil, limit: 1)
    try #require(page.items.isEmpty, "a folder that was used before: remove it first")
    try store.deleteBucket(raw)
    try store.createBucket(raw)
    try #require(try !store.isVersioned(raw))
  }

  /// Suspends versioning of the raw bucket; existing versions stay.
  func suspendVersions() throws { try store.setVersioning(false, of: raw) }

  /// Restores the raw bucket's settings, as an administrator would.
  func keepVersions() throws { try run("stowage", ["buckets", "apply"]) }

  /// Runs `body` while the stack's worker is stopped, and starts it again.
  func withoutWorker(_ body: () throws -> Void) throws {
    let marker = stack.folder.appending(path: "run/worker.paused")
    try Data().write(to: marker)
    kill(try stack.processID("worker"), SIGKILL)
    defer {
      try? FileManager.default.removeItem(at: marker)
      try? until("the stack's own worker", within: 60) { (try? stack.processID("worker")) != nil }
    }
    try until("no worker", within: 60) { (try? stack.processID("worker")) == nil }
    try body()
  }
}

/// One log line of a process about a job.
struct LoggedJob: Decodable, Sendable {
  let kind: String
  let outcome: String
  let ms: Double
}

/// Waits until `condition` is true; throws after `seconds`.
func until(_ what: String, within seconds: TimeInterval, _ condition: () throws -> Bool) throws {
  let end = Date.now + seconds
  while try !condition() {
    guard Date.now < end else { throw Unexpected("\(what): not within \(seconds) s") }
    usleep(5_000)
  }
}
