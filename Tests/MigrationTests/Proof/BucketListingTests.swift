import Database
import Foundation
import Storage
import TestSupport
import Testing

@testable import Migration

@Suite struct BucketListingTests {
  private func sender(_ store: any ObjectStore, _ bucket: String) -> FileSender {
    FileSender(store: store, bucket: bucket, settings: .small)
  }

  private func all(_ listing: BucketListing) throws -> [String] {
    var keys: [String] = []
    while let page = try listing.next() { keys += page.map(\.key) }
    return keys.sorted()
  }

  @Test(arguments: [0, 10_000])
  func `a real bucket is listed completely and once, as a whole or by folders`(files: Int) throws {
    try withBucket { store, bucket in
      var keys: [String] = []
      for number in 0..<60 { keys.append("user \(number % 5)+é/\(number % 3)/file &\(number)") }
      keys += ["top", "user 1+é0", "user 1"]
      for key in keys { _ = try store.put(.bytes([1]), to: key, in: bucket) }
      let listing = BucketListing(sender(store, bucket), files: files)
      #expect(try all(listing) == keys.sorted())
    }
  }

  @Test func `a bucket with many small folders is listed as a whole`() throws {
    let store = try memoryStore()
    for number in 0..<30 { _ = try store.put(.bytes([1]), to: "user\(number)/a", in: "raw") }
    #expect(try all(BucketListing(sender(store, "raw"), files: 30)).count == 30)
    #expect(store.calls.count { $0.operation == .listVersions } == 1)
  }

  @Test func `only the folders of the named users are listed`() throws {
    let fixture = try RunFixture()
    for user in ["ada", "adam", "bob"] { try fixture.tree.write("\(user)/a", user) }
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    _ = try fixture.store.put(.bytes([1]), to: "stranger/x", in: RunFixture.bucket)
    _ = try fixture.store.put(.bytes([1]), to: "ada/x", in: RunFixture.bucket)
    let few = try fixture.verify(ledger) { $0.listsTreeUsers = true }
    #expect(few.lines == ["+ ada/x"] && few.outcome.listedUsers == 3 && few.outcome.objects.files == 4)
    let all = try fixture.verify(ledger)
    #expect(all.lines == ["+ ada/x", "+ stranger/x"] && all.outcome.listedUsers == nil)
    #expect(few.outcome.same == all.outcome.same && few.outcome.means == all.outcome.means)
  }

  @Test func `a tree of many users is compared with the whole bucket`() throws {
    let fixture = try RunFixture()
    for number in 0...Verification.fewUsers { try fixture.tree.write("user\(number)/a", "\(number)") }
    let ledger = try fixture.ledger()
    try fixture.run(ledger)
    _ = try fixture.store.put(.bytes([1]), to: "stranger/x", in: RunFixture.bucket)
    let (lines, outcome) = try fixture.verify(ledger) { $0.listsTreeUsers = true }
    #expect(lines == ["+ stranger/x"] && outcome.listedUsers == nil)
  }

  @Test func `a list that fails or is stopped ends`() throws {
    let store = try memoryStore()
    #expect(throws: SendFailure.self) { try all(BucketListing(sender(store, "nowhere"), files: 1)) }
    let listing = BucketListing(sender(store, "raw"), files: 1)
    listing.stop()
    #expect(try listing.next() == nil)
  }
}
