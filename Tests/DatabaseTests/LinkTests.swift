import Core
import Database
import Foundation
import Testing

@Suite struct LinkTests: DatabaseSuite {
  let fixture: DatabaseFixture
  private let file: FileID

  init() throws {
    fixture = try DatabaseFixture(quota: 1000)
    file = try fixture.database.makePending(fixture.user)
  }

  private func link(seconds: Int = 60, at time: Date? = nil) throws -> LinkRecord {
    LinkRecord(to: file, try LinkTerms(seconds: seconds, disposition: "inline"), at: time ?? now)
  }

  @Test func `a link is found by its digest only, until it expires`() throws {
    try database.makeReady(file, of: user, at: now)
    let link = try link()
    #expect(try database.make(link, openedBy: digest("b"), for: user) == .made)
    #expect(try database.link(openedBy: digest("b"), at: now + 59) == link)
    #expect(try database.link(openedBy: digest("b"), at: now + 60) == nil)
    #expect(try database.link(openedBy: digest("c"), at: now) == nil)
    #expect(try database.links(to: file, at: now) == [link] && database.links(to: file, at: now + 60) == [])
  }

  @Test func `a revoked link is not found, and a second revocation does nothing`() throws {
    try database.makeReady(file, of: user, at: now)
    let link = try link()
    _ = try database.make(link, openedBy: digest("b"), for: user)
    let other = try database.makePending(user)
    try database.revoke(link.id, to: other)
    #expect(try database.link(openedBy: digest("b"), at: now) == link, "it is not the other file's")
    for _ in 0..<2 { try database.revoke(link.id, to: file) }
    #expect(try database.link(openedBy: digest("b"), at: now) == nil)
  }

  @Test func `only the owner of a ready file can make a link`() throws {
    #expect(try database.make(link(), openedBy: digest("b"), for: user) == .notReady)
    try database.makeReady(file, of: user, at: now)
    let other = try fixture.makeUser("bob")
    #expect(try database.make(link(), openedBy: digest("b"), for: other) == .notReady)
    #expect(try database.links(to: file, at: now) == [])
  }

  @Test func `the limit of live links holds in races, and expired links do not count`() throws {
    try database.makeReady(file, of: user, at: now)
    let made = Counter()
    try onThreads(6) { [database, user] index in
      let link = try link()
      let digit = try #require("0123456789abcdef".dropFirst(index).first)
      if try database.make(link, openedBy: digest(digit), for: user, maximum: 3) == .made { made.increment() }
    }
    #expect(made.value == 3)
    #expect(try database.make(link(), openedBy: digest("e"), for: user, maximum: 3) == .tooMany(limit: 3))
    let later = try link(at: now + 61)
    #expect(try database.make(later, openedBy: digest("f"), for: user, maximum: 3) == .made)
  }

  @Test func `purging a file deletes its links`() throws {
    try database.makeReady(file, of: user, at: now)
    _ = try database.make(link(), openedBy: digest("b"), for: user)
    try #require(try database.delete(file, of: user, at: now))
    try #require(try database.beginPurge(file, deletedBy: now, at: now) && database.finishPurge(file))
    #expect(try database.links(to: file, at: now) == [] && database.link(openedBy: digest("b"), at: now) == nil)
  }
}
