import Audit
import Foundation
import S3
import Testing

@Suite struct DerivationTests {
  @Test func `every call of the store in the sources has a row that names who makes it and where`() throws {
    let found = try CallScan.places()
    var listed: [CallScan.Place: Int] = [:]
    for site in Derivation.sites {
      listed[CallScan.Place(file: site.file, method: site.method), default: 0] += site.count
    }
    #expect(found.count > 80)
    for place in Set(found.keys).union(listed.keys).sorted() {
      #expect(
        found[place] == listed[place],
        "\(place) is called \(found[place] ?? 0) times, and the rows of CallSites name \(listed[place] ?? 0)"
      )
    }
  }

  @Test func `a new call is found, whatever its form`() {
    let calls = CallScan.calls(
      in: """
        // store.setTags(a)
        try dependencies.store.setTags([:], of: key, in: bucket)
        let page = try store.list(bucket)
        _ = try store().head(key, in: bucket); _ = try patient.store().list(bucket)
        x = try bucket.signer.presignPut(key)
        try app.interactiveStore.delete(key, in: bucket)
        try Elsewhere().listParts(of: id)
        list(bucket); database.delete(row); func head(key) {}
        """
    )
    #expect(calls == ["setTags": 1, "list": 2, "head": 1, "presignPut": 1, "delete": 1, "listParts": 1])
    #expect(
      CallScan.calls(in: "extension ObjectStore {\n func all() { try head(key) ; try listParts(of: id) }\n}").count == 2
    )
  }

  @Test func `a store has one of the names by which the scan knows it`() throws {
    let names = try CallScan.storeNames()
    #expect(names.contains("store") && names.isSubset(of: CallScan.receivers), "\(names)")
  }

  /// A row of CallSites names every operation that a function of the adapter sends; this table finds new requests.
  @Test func `the adapter sends no request that the rows do not know`() throws {
    #expect(try CallScan.requests() == Self.requests)
  }

  @Test(arguments: Party.allCases)
  func `a policy allows what the code needs, and nothing else`(party: Party) throws {
    #expect(Derivation.differences(party, try Derivation.document(of: party)) == [])
    #expect(Derivation.needs(of: party).count > 0)
  }

  @Test(arguments: Party.allCases)
  func `a policy without any one of its actions is refused, and the action is named`(party: Party) throws {
    let document = try Derivation.document(of: party)
    let before = Derivation.differences(party, document)
    var count = 0
    for (index, statement) in (document["Statement"]?.items ?? []).enumerated() {
      for action in (statement["Action"]?.items ?? []).compactMap(\.string) {
        count += 1
        let differences = Derivation.differences(party, document.without(action, inStatement: index))
          .filter { !before.contains($0) }
        #expect(!differences.isEmpty, "\(action)")
        #expect(differences.allSatisfy { $0.contains("\(party.rawValue).json lacks \(action) on ") }, "\(differences)")
      }
    }
    #expect(count >= Set(Derivation.grants(of: document).map(\.action)).count && count > 0)
  }

  @Test(arguments: Party.allCases)
  func `a policy with one action more is refused, and the action is named`(party: Party) throws {
    let document = try Derivation.document(of: party)
    let before = Derivation.differences(party, document)
    for index in (document["Statement"]?.items ?? []).indices {
      for action in ["s3:*", "s3:PutBucketAcl", "s3:BypassGovernanceRetention"] {
        let differences = Derivation.differences(party, document.with(action, inStatement: index))
          .filter { !before.contains($0) }
        #expect(differences.count >= 1)
        #expect(differences.allSatisfy { $0.contains("allows \(action) on ") }, "\(differences)")
      }
    }
  }

  @Test func `a row too many or too few makes a policy wrong`() {
    let worker = try? Derivation.document(of: .worker)
    for (index, site) in CallSite.processing.enumerated() where site.method == "setTags" {
      var sites = CallSite.processing
      sites.remove(at: index)
      let differences = Derivation.differences(.worker, worker ?? .object([:]), sites)
      #expect(differences.contains { $0.contains("allows s3:PutObjectTagging on ") }, "\(differences)")
    }
    let more = CallSite(
      "Features/X.swift",
      "copy",
      [.worker],
      sends(.copyObject, of: [.tags], in: [.processed], from: .raw)
    )
    let differences = Derivation.differences(.worker, worker ?? .object([:]), Derivation.sites + [more])
    #expect(
      differences.map { $0.hasPrefix("worker.json lacks s3:PutObjectTagging on arn:${partition}:s3:::${processed}/*") }
        == [true]
    )
    #expect(differences.allSatisfy { $0.contains("lacks") && $0.contains("Features/X.swift") }, "\(differences)")
  }

  @Test func `every document has a party, and every party a line in the README of the folder`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Derivation.folder.path)
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    #expect(Set(names) == Set(Party.allCases.map(\.rawValue)))
    let readme = try String(contentsOf: Derivation.folder.appending(path: "README.md"), encoding: .utf8)
    let page = try String(contentsOf: CallScan.root.appending(path: "docs/permissions.md"), encoding: .utf8)
    for party in Party.allCases {
      #expect(page.contains("`\(party.rawValue).json`"), "docs/permissions.md: \(party)")
      #expect(readme.contains("## `\(party.rawValue).json`"), "\(party)")
      let part =
        readme.components(separatedBy: "## `\(party.rawValue).json`").last?.components(separatedBy: "\n## ")[0] ?? ""
      for statement in try Derivation.document(of: party)["Statement"]?.items ?? [] {
        let name = try #require(statement["Sid"]?.string)
        #expect(part.contains("- `\(name)`: "), "\(party): \(name)")
      }
    }
  }

  private static let requests = [
    "Buckets/S3Store+Buckets.swift": 7, "Buckets/S3Store+Tags.swift": 1, "Documents/S3Store+BucketDocuments.swift": 3,
    "Listing/S3Store+Folders.swift": 1, "Listing/S3Store+Listing.swift": 2,
    "Listing/S3Store+MultipartListing.swift": 2, "Multipart/S3Store+Completion.swift": 3,
    "Multipart/S3Store+Multipart.swift": 3, "Objects/S3Store+Copy.swift": 1, "Objects/S3Store+DeleteAll.swift": 1,
    "Objects/S3Store+Get.swift": 1, "Objects/S3Store+Objects.swift": 3,
  ]
}
