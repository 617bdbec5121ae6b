import Foundation
import S3
import Storage
import TestSupport
import Testing

private let date = "2026-11-29T16:44:20.414Z"

private func object(_ key: String) -> String {
  "<Contents><Key>\(key)</Key><Size>1</Size><ETag>&quot;e&quot;</ETag><LastModified>\(date)</LastModified></Contents>"
}

private func version(_ key: String, _ id: String) -> String {
  "<Version><Key>\(key)</Key><VersionId>\(id)</VersionId><IsLatest>true</IsLatest><Size>1</Size>"
    + "<LastModified>\(date)</LastModified></Version>"
}

private func upload(_ key: String, _ id: String) -> String {
  "<Upload><Key>\(key)</Key><UploadId>\(id)</UploadId><Initiated>\(date)</Initiated></Upload>"
}

private func part(_ number: Int) -> String {
  "<Part><PartNumber>\(number)</PartNumber><ETag>e</ETag><Size>1</Size><LastModified>\(date)</LastModified></Part>"
}

private func cut(_ name: String, _ elements: String, isEncoded: Bool = false) -> String {
  let encoding = isEncoded ? "<EncodingType>url</EncodingType>" : ""
  return "<\(name)>\(encoding)<IsTruncated>true</IsTruncated>\(elements)</\(name)>"
}

private func marker(_ key: String?, _ id: String?, _ idName: String) -> String {
  (key.map { "<NextKeyMarker>\($0)</NextKeyMarker>" } ?? "") + (id.map { "<\(idName)>\($0)</\(idName)>" } ?? "")
}

/// The paged listings, each with a page that is not the last.
private enum Listing: String, CaseIterable, Sendable {
  case objects = "ListBucketResult"
  case versions = "ListVersionsResult"
  case uploads = "ListMultipartUploadsResult"
  case parts = "ListPartsResult"

  var page: String {
    let elements =
      switch self {
      case .objects: object("a") + "<NextContinuationToken>t</NextContinuationToken>"
      case .versions: version("a", "v1") + marker("a", "v1", "NextVersionIdMarker")
      case .uploads: upload("a", "u1") + marker("a", "u1", "NextUploadIdMarker")
      case .parts: part(7) + "<NextPartNumberMarker>7</NextPartNumberMarker>"
      }
    return cut(rawValue, elements)
  }

  /// Returns the `next` of a page requested with `token`.
  func next(_ store: S3Store, after token: String?) throws(StoreError) -> String? {
    switch self {
    case .objects: try store.list("b", prefix: "", after: token, limit: 9).next
    case .versions: try store.listVersions("b", prefix: "", after: token, limit: 9).next
    case .uploads: try store.listMultipartUploads("b", prefix: "", after: token, limit: 9).next
    case .parts: try store.listParts(of: UploadID("u"), to: "k", in: "b", after: token, limit: 9).next
    }
  }
}

private func isUnexpected(_ error: StoreError?) -> Bool {
  if case .unexpected = error { true } else { false }
}

@Suite struct `A paged listing` {
  @Test(arguments: Listing.allCases) fileprivate func `is an error if a page leads back to itself`(listing: Listing)
    throws
  {
    let server = try ScriptedServer(.bytes(answer(listing.page)))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    let token = try #require(try listing.next(store, after: nil))
    #expect(isUnexpected(failure { () throws(StoreError) in try listing.next(store, after: token) }))
  }

  @Test(arguments: Listing.allCases, ["", "<IsTruncated/>", "<IsTruncated>maybe</IsTruncated>"])
  fileprivate func `is an error if it does not say whether it is complete`(listing: Listing, element: String) throws {
    let page = listing.page.replacing("<IsTruncated>true</IsTruncated>", with: element)
    let server = try ScriptedServer(.bytes(answer(page)))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    #expect(isUnexpected(failure { () throws(StoreError) in try listing.next(store, after: nil) }))
  }

  @Test(arguments: Listing.allCases) fileprivate func `is an error if it is another document`(listing: Listing)
    throws
  {
    let server = try ScriptedServer(.bytes(answer("<Other><IsTruncated>false</IsTruncated></Other>")))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    if listing == .versions {
      // With listings of versions, another document makes the store list objects instead, and that listing is the
      // error.
      #expect(isUnexpected(failure { () throws(StoreError) in try listing.next(store, after: nil) }))
      #expect(server.requests.last?.head.contains("list-type=2") == true)
    } else {
      #expect(isUnexpected(failure { () throws(StoreError) in try listing.next(store, after: nil) }))
    }
  }

  @Test func `of parts goes forward only`() throws {
    for (given, sent) in [("7", "7"), ("3", "7"), ("0", nil), ("-1", nil), ("x", nil)] as [(String, String?)] {
      let page = cut("ListPartsResult", "<NextPartNumberMarker>\(given)</NextPartNumberMarker>")
      let server = try ScriptedServer(.bytes(answer(page)))
      defer { server.stop() }
      let store = try scriptedStore(server.url)
      #expect(isUnexpected(failure { () throws(StoreError) in try Listing.parts.next(store, after: sent) }), "\(given)")
    }
  }

  /// The keys on a page, the marker that comes with them, and the key that the marker stands for.
  static let markers: [(keys: [String], marker: String?, meant: String)] = [
    // Ceph: keys are encoded, the marker is not.
    (["a%20b", "b%2Bc"], "b+c", "b+c"), (["c%252Bd"], "c%2Bd", "c%2Bd"), (["100%25"], "100%", "100%"),
    (["d%C3%A4"], "dä", "dä"), (["b%20c", "b%2Bc"], "b+c", "b+c"),
    // AWS: keys and marker are encoded.
    (["a+b", "b%2Bc"], "b%2Bc", "b+c"), (["a", "a+b"], "a+b", "a b"), (["c%252Bd"], "c%252Bd", "c%2Bd"),
    (["b%2Bc", "b+c"], "b+c", "b c"),
    // No marker, or one that is not on the page: the listing continues behind the last line.
    (["a", "b%2Bc"], nil, "b+c"), (["a", "b%2Bc"], "zzz", "b+c"), (["a", "b%2Bc"], "%zz", "b+c"),
  ]

  @Test(arguments: markers)
  func `of versions continues behind the last listed key`(keys: [String], marker key: String?, meant: String)
    throws
  {
    let lines = keys.enumerated().map { version($1, "v\($0)") }.joined()
    for id in ["v\(keys.count - 1)", nil] {
      let page = cut("ListVersionsResult", lines + marker(key, id, "NextVersionIdMarker"), isEncoded: true)
      let server = try ScriptedServer(.bytes(answer(page)))
      defer { server.stop() }
      let store = try scriptedStore(server.url)
      let next = try store.listVersions("b", prefix: "", after: nil, limit: 9).next
      #expect(Array((next ?? "").utf8) == Array("v\(keys.count - 1)\n\(meant)".utf8), "\(next ?? "none")")
    }
  }

  @Test func `of uploads does so too`() throws {
    let lines = upload("a%20b", "u1") + upload("b%2Bc", "u2")
    let page = cut("ListMultipartUploadsResult", lines + marker("b+c", "u2", "NextUploadIdMarker"), isEncoded: true)
    let server = try ScriptedServer(.bytes(answer(page)))
    defer { server.stop() }
    #expect(try scriptedStore(server.url).listMultipartUploads("b", prefix: "", after: nil, limit: 9).next == "u2\nb+c")
  }

  @Test func `takes keys literally if the store does not say that they are encoded`() throws {
    let page = "<ListVersionsResult><IsTruncated>false</IsTruncated>\(version("a+b%20c", "v"))</ListVersionsResult>"
    let server = try ScriptedServer(.bytes(answer(page)))
    defer { server.stop() }
    let items = try scriptedStore(server.url).listVersions("b", prefix: "", after: nil, limit: 9).items
    #expect(items.map(\.key) == ["a+b%20c"])
  }

  @Test(arguments: ["%", "a%2", "a%+5", "a%2g", "%FF"]) func `is an error if a key's encoding is invalid`(key: String)
    throws
  {
    let page =
      "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\(object(key))</ListBucketResult>"
    let server = try ScriptedServer(.bytes(answer(page)))
    defer { server.stop() }
    let store = try scriptedStore(server.url)
    #expect(isUnexpected(failure { () throws(StoreError) in try Listing.objects.next(store, after: nil) }))
  }

  @Test(arguments: ["2026-11-29T16:44:20Z", "2026-11-29T16:44:20.1Z", "2026-11-29T16:44:20.414123456Z"])
  func `accepts times with any fraction of a second`(time: String) throws {
    let page = "<ListBucketResult><IsTruncated>false</IsTruncated>\(object("a"))</ListBucketResult>"
    let server = try ScriptedServer(.bytes(answer(page.replacing(date, with: time))))
    defer { server.stop() }
    let line = try #require(try scriptedStore(server.url).list("b", prefix: "", after: nil, limit: 9).items.first)
    #expect(Int(line.lastModified.timeIntervalSince1970) == 1_795_970_660)
  }
}
