import Core
import Database
import Foundation
import Scanning
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct UserErasureTests {
  private static let later = Date.now + 7200

  /// Creates a user with files in many states, after all purge rounds, and another user whose name begins the same.
  private func inhabited() throws -> (fixture: ProcessingFixture, neighbour: String) {
    let fixture = try ProcessingFixture()
    for _ in 0..<2 {
      let file = try fixture.upload()
      try fixture.settle()
      try #require(try fixture.state(file) == .ready)
      _ = try fixture.database.delete([file], of: fixture.user, permanently: false, at: .now - 100)
    }
    let rejected = try fixture.upload([1, 2, 3])
    try fixture.settle()
    try #require(try fixture.state(rejected) == .rejected)
    _ = try fixture.upload(Document.pdf(), .pdf)
    try #require(try fixture.database.abort(fixture.claim(size: 5), of: fixture.user))
    let pending = try fixture.claim(size: 7)
    _ = try fixture.store.memory.createMultipartUpload(
      fixture.record(pending).rawKey,
      in: ProcessingFixture.buckets.raw
    )
    _ = try fixture.store.memory.put(
      .bytes([1]),
      to: "\(fixture.user)/old/report.doc",
      in: ProcessingFixture.buckets.raw
    )
    let neighbour = "\(fixture.user)e/old/report.doc"
    _ = try fixture.store.memory.put(.bytes([1]), to: neighbour, in: ProcessingFixture.buckets.raw)
    return (fixture, neighbour)
  }

  private func remainingKeys(_ fixture: ProcessingFixture) throws -> [String] {
    try ProcessingFixture.buckets.all.flatMap { try fixture.store.memory.allVersions(in: $0, prefix: "").map(\.key) }
  }

  @Test func `nothing is left of a user, and nothing of another user is deleted`() throws {
    let (fixture, neighbour) = try inhabited()
    let erasure = UserErasure(try fixture.parts())
    let before = try erasure.remains(of: fixture.user)
    #expect(before.files == 6 && before.multipartUploads == 1 && before.hasRow && before.rawVersions >= 4)
    #expect(try erasure.run(on: fixture.user, at: Self.later) == nil)
    #expect(try erasure.remains(of: fixture.user).isNothing)
    #expect(try remainingKeys(fixture) == [neighbour])
    #expect(try fixture.database.user(fixture.user) == nil)
    #expect(try erasure.run(on: fixture.user, at: Self.later) == nil)
  }

  @Test func `migrated files in every state are erased, with their objects`() throws {
    let fixture = try ProcessingFixture()
    let text = Array("text".utf8)
    _ = try fixture.migrate(text, to: "ready")
    try fixture.settle()
    fixture.scanner.say(.success(.infected(name: "Test")))
    let refused = try fixture.migrate(text, to: "quarantined")
    try fixture.settle()
    try #require(try fixture.state(refused) == .quarantined)
    _ = try fixture.migrate(text, to: "received", processing: .never)
    #expect(try UserErasure(fixture.parts()).run(on: fixture.user, at: Self.later) == nil)
    #expect(try UserErasure(fixture.parts()).remains(of: fixture.user).isNothing && remainingKeys(fixture).isEmpty)
  }

  @Test func `while an upload URL is valid the rows stay, and objects sent to it are deleted`() throws {
    let (fixture, _) = try inhabited()
    let erasure = UserErasure(try fixture.parts())
    let end = try #require(try erasure.run(on: fixture.user, at: .now))
    #expect(end > .now + 4000)
    let left = try erasure.remains(of: fixture.user)
    #expect(left.hasNoBytes && left.files == 6 && left.hasRow)
    #expect(try fixture.database.user(fixture.user)?.availableBytes == 0)
    let file = try #require(try fixture.database.files(of: fixture.user, after: nil, limit: 1).first)
    try fixture.put([6], for: file.id)
    try fixture.hint(file.id)
    try fixture.settle()
    #expect(try erasure.remains(of: fixture.user).hasNoBytes)
    #expect(try erasure.run(on: fixture.user, at: end) == nil)
    #expect(try erasure.remains(of: fixture.user).isNothing)
  }

  @Test func `an erasure that dies at any call is finished by the next`() throws {
    let (fixture, neighbour) = try inhabited()
    let erasure = UserErasure(try fixture.parts())
    var number = 0
    while try erasure.remains(of: fixture.user).hasRow {
      let last = number
      fixture.store.obey { _, at in at >= last ? .before(.unavailable(detail: "killed")) : nil }
      _ = try? erasure.run(on: fixture.user, at: Self.later, while: { fixture.store.calls.count <= last })
      fixture.store.obey(nil)
      // Its jobs are claimed again once their leases and postponements have ended.
      try fixture.settle(after: 1000)
      number += 3
    }
    #expect(number > 3)
    #expect(try erasure.remains(of: fixture.user).hasRow == false && remainingKeys(fixture) == [neighbour])
  }
}
