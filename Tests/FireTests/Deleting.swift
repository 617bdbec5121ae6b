import Foundation
import HTTP
import S3
import Storage
import Synchronization
import TestSupport
import Testing

/// Files are deleted, restored and purged, one by one and in batches, while the worker is killed again and again.
struct Deleting: Sendable {
  /// An operation on a file.
  private enum Act: CaseIterable {
    case delete, restore, purge, deleteMany, purgeMany

    var wanted: String {
      switch self {
      case .delete, .deleteMany: "deleted"
      case .restore: "ready"
      case .purge, .purgeMany: "purged"
      }
    }
  }

  private final class Progress: Sendable {
    let kills = Atomic(0)
    let next = Atomic(0)
  }

  private let fixture: FireFixture
  private let kills: Int
  private let count: Int
  private let user: FireFixture.User
  private let progress = Progress()

  init(_ fixture: FireFixture, kills: Int, files: Int) throws {
    self.fixture = fixture
    self.kills = kills
    count = files
    user = try fixture.user()
  }

  func run() throws {
    let start = Date.now
    let payloads = try [Payload.picture(2), Payload.own(Photo.jpeg(width: 320, height: 240)), .pdf()]
    let uploads = try (0..<count).map { try fixture.upload(payloads[$0 % 3], as: user) }
    try fixture.settle(uploads)
    let digests = try uploads.map { try fixture.ledger.digest(of: $0.id) }
    try fixture.withoutWorker {
      let acting = Uploading(threads: 2) { [self] in try act(on: uploads) }
      defer { acting.stop() }
      try killAll()
      try acting.finish()
    }
    let ended = uploads.enumerated().map { number, upload in
      FireFixture.Upload(id: upload.id, user: user, key: upload.key, wanted: Self.act(number).wanted)
    }
    try audit(ended)
    for (number, upload) in ended.enumerated() { try expect(upload, digest: digests[number]) }
    print(
      "\(progress.kills.load(ordering: .relaxed)) kills, \(count) files: \(Int(Date.now.timeIntervalSince(start))) s"
    )
  }

  private static func act(_ number: Int) -> Act { Act.allCases[number / 2 % Act.allCases.count] }

  /// Applies the next operation to two neighbouring files, by two requests or by one; returns false if none are left.
  private func act(on uploads: [FireFixture.Upload]) throws -> Bool {
    let number = progress.next.wrappingAdd(2, ordering: .relaxed).oldValue
    guard number < count else { return false }
    // Operations keep pace with the kills, so that every kill happens during some of them.
    while number > 4 + progress.kills.load(ordering: .relaxed) * count / kills { usleep(5_000) }
    let ids = uploads[number..<min(number + 2, count)].map(\.id)
    switch Self.act(number) {
    case .delete: for id in ids { try send("DELETE", "/\(id)", status: 204) }
    case .restore:
      for id in ids { try send("DELETE", "/\(id)", status: 204) }
      usleep(UInt32(Seeded.number(in: 0..<300_000)))
      for id in ids { try send("POST", "/\(id)/restore", status: 200) }
    case .purge: for id in ids { try send("DELETE", "/\(id)?permanent=true", status: 204) }
    case .deleteMany: try send("POST", "/delete", #"{"ids":\#(ids)}"#, status: 200)
    case .purgeMany: try send("POST", "/delete", #"{"ids":\#(ids),"permanent":true}"#, status: 200)
    }
    return true
  }

  private func send(_ method: String, _ path: String, _ json: String? = nil, status: Int) throws {
    let headers = [(name: "Authorization", value: "Bearer \(user.token)"), ("Content-Type", "application/json")]
    let answer = try fixture.stack.send(method, "/v1/files\(path)", headers: headers, body: json.map { Array($0.utf8) })
    guard answer.head.status == status else { throw Unexpected("\(method) \(path): \(answer.head.status)") }
  }

  /// Kills each worker while it holds a lease, or soon after its start if there is no work.
  private func killAll() throws {
    while progress.kills.load(ordering: .relaxed) < kills {
      let left = try fixture.ledger.leases()
      let worker = try StackProcess("worker", of: fixture.stack)
      try? until("a lease", within: 2) { try !fixture.ledger.leases().isSubset(of: left) }
      usleep(UInt32(Seeded.number(in: 0..<100_000)))
      try worker.kill()
      progress.kills.wrappingAdd(1, ordering: .relaxed)
    }
  }

  /// Expects no finding of the auditor.
  ///
  /// Until the last purge round, its job and the rows for it may remain.
  private func audit(_ uploads: [FireFixture.Upload]) throws {
    let left = try Auditor.lasting {
      try Auditor.audit(uploads).violations.filter { violation in
        let isRound = violation.kind == "job_left" && violation.detail.hasPrefix("purge queued")
        let isPurged = uploads.contains { $0.id == violation.subject && $0.wanted == "purged" }
        return !isRound && !(violation.kind == "variant_rows" && isPurged)
      }
    }
    #expect(left.isEmpty, "\(left)")
  }

  /// Expects a restored file to be complete with all images, and a purged file to have no version in the raw bucket.
  private func expect(_ upload: FireFixture.Upload, digest: String?) throws {
    let file = try fixture.stack.file(upload.id, token: user.token)
    #expect(file.state == upload.wanted)
    let folder = "\(user.name)/\(upload.id)/"
    let versions = try fixture.store.listVersions(fixture.raw, prefix: folder, after: nil, limit: 10).items
    #expect(versions.count == ["ready": 1, "deleted": 2, "purged": 0][upload.wanted], "\(upload.wanted)")
    let answer = try fixture.stack.download(upload.id, token: user.token)
    #expect(answer.head.status == (upload.wanted == "ready" ? 200 : 404))
    guard upload.wanted == "ready" else { return }
    #expect(try Digest.sha256(answer.body) == digest)
    for variant in file.variants { #expect(try fixture.stack.send("GET", variant.url).head.status == 200) }
  }
}
