import Foundation
import HTTP
import TestSupport
import Testing

/// Checks the URLs of images after an administrator changes the variants.
struct Respecifying {
  private let fixture: FireFixture
  private let user: FireFixture.User

  init(_ fixture: FireFixture) throws {
    self.fixture = fixture
    user = try fixture.user()
  }

  func run() throws {
    let upload = try fixture.upload(Payload.large(), as: user)
    try fixture.settle([upload])
    let old = try fixture.variant("medium", of: upload)
    let before = try fixture.stack.send("GET", old)
    #expect(before.head.status == 200)
    let settings = ["STOWAGE_VARIANTS": "thumb=cover:150x150,medium=width:640"]
    let changed = try SecondImage(fixture.stack, settings: settings)
    defer { changed.stop() }
    let client = FastCGIClient(socket: changed.socket)
    let oldPath = String(old.dropFirst(fixture.stack.url.count))
    let moved = try client.get(oldPath)
    let new = try #require(moved.head["Location"])
    #expect(moved.head.status == 302 && new != oldPath && new.hasSuffix("/medium.webp"))
    let rendered = try concurrently(20) { _ in try client.get(new) }
    #expect(Set(rendered.map(\.head.status)) == [200] && Set(rendered.map(\.body)).count == 1)
    #expect(rendered[0].body != before.body && rendered[0].head["Content-Type"] == "image/webp")
    #expect(try fixture.jobs(of: upload).filter { $0.outcome == "rendered" }.count == 1)
    #expect(try fixture.variant("medium", of: upload).hasSuffix(new))
    // With the original settings the image has its original URL and bytes again.
    let report = String(decoding: try TestSupport.run("stowage", ["variants", "refresh"]), as: UTF8.self)
    #expect(report.contains("1 queued to be rendered again"))
    try until("the old look", within: 30) { try fixture.variant("medium", of: upload) == old }
    let after = try fixture.stack.send("GET", old)
    #expect(after.head.status == 200 && after.body == before.body)
    #expect(after.head["X-Cache"] == "MISS", "it stayed in nginx's cache when it was withdrawn")
  }
}
