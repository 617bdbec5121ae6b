import Core
import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Processing

@Suite struct UserErasureTests {
  private static let later = Date.now + 7200

  /// A user with files in many states, the caches' rounds of each over; and somebody with a name that begins alike.
  private func inhabited() throws -> (site: Site, neighbour: String) {
    let site = try Site()
    for _ in 0..<2 {
      let file = try site.upload()
      try site.settle()
      try #require(try site.state(file) == .ready)
      _ = try site.database.delete([file], of: site.user, permanently: false, at: .now - 100)
    }
    let rejected = try site.upload([1, 2, 3])
    try site.settle()
    try #require(try site.state(rejected) == .rejected)
    _ = try site.upload(Document.pdf(), .pdf)
    try #require(try site.database.abort(site.claim(size: 5), of: site.user))
    let pending = try site.claim(size: 7)
    _ = try site.store.memory.createMultipartUpload(site.record(pending).rawKey, in: Site.buckets.raw)
    _ = try site.store.memory.put(.bytes([1]), to: "\(site.user)/old/report.doc", in: Site.buckets.raw)
    let neighbour = "\(site.user)e/old/report.doc"
    _ = try site.store.memory.put(.bytes([1]), to: neighbour, in: Site.buckets.raw)
    return (site, neighbour)
  }

  private func remainingKeys(_ site: Site) throws -> [String] {
    try Site.buckets.all.flatMap { try site.store.memory.allVersions(in: $0, prefix: "").map(\.key) }
  }

  @Test func `nothing is left of a user, and everything of their neighbour`() throws {
    let (site, neighbour) = try inhabited()
    let erasure = UserErasure(try site.parts())
    let before = try erasure.remains(of: site.user)
    #expect(before.files == 6 && before.multipartUploads == 1 && before.hasRow && before.rawVersions >= 4)
    #expect(try erasure.run(on: site.user, at: Self.later) == nil)
    #expect(try erasure.remains(of: site.user).isNothing)
    #expect(try remainingKeys(site) == [neighbour])
    #expect(try site.database.user(site.user) == nil)
    #expect(try erasure.run(on: site.user, at: Self.later) == nil)
  }

  @Test func `while an upload URL lives, the rows stay, and what comes through it goes`() throws {
    let (site, _) = try inhabited()
    let erasure = UserErasure(try site.parts())
    let end = try #require(try erasure.run(on: site.user, at: .now))
    #expect(end > .now + 4000)
    let left = try erasure.remains(of: site.user)
    #expect(left.hasNoBytes && left.files == 6 && left.hasRow)
    #expect(try site.database.user(site.user)?.availableBytes == 0)
    let file = try #require(try site.database.files(of: site.user, after: nil, limit: 1).first)
    try site.put([6], for: file.id)
    try site.hint(file.id)
    try site.settle()
    #expect(try erasure.remains(of: site.user).hasNoBytes)
    #expect(try erasure.run(on: site.user, at: end) == nil)
    #expect(try erasure.remains(of: site.user).isNothing)
  }

  @Test func `an erasure that dies at any call is ended by the next`() throws {
    let (site, neighbour) = try inhabited()
    let erasure = UserErasure(try site.parts())
    var number = 0
    while try erasure.remains(of: site.user).hasRow {
      let last = number
      site.store.obey { _, at in at >= last ? .before(.unavailable(detail: "killed")) : nil }
      _ = try? erasure.run(on: site.user, at: Self.later, while: { site.store.calls.count <= last })
      site.store.obey(nil)
      // What it held is another's once its lease is over; that a job was put off is over by then, too.
      try site.settle(after: 1000)
      number += 3
    }
    #expect(number > 3)
    #expect(try erasure.remains(of: site.user).hasRow == false && remainingKeys(site) == [neighbour])
  }
}
