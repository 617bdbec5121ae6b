import Foundation
import S3
import TestSupport
import Testing

@Suite(.serialized) struct EnforcedTests {
  /// The steps of the run, in order.
  private static let steps = [
    "buckets plan, apply, audit and pull", "upload, processing and image", "download",
    "multipart upload, complete and abort",
    "rejection", "delete, restore and purge", "image on demand", "sweep, explain and download by the administrator",
    "migrate a tree, verify and roll back", "migrate a bucket", "doctor", "audit", "erase users", "refusals",
  ]

  @Test func `the processes work under their policies, and make no call that the rows do not have`() throws {
    let run = try Enforced.run()
    #expect(run.failure == nil)
    #expect(run.steps == Self.steps)
    #expect(run.refusals == [])
    var reached: [Party: Set<Need>] = [:]
    var refused = 0
    for call in run.calls where call.party != "" {
      // The last step of the run tries what the policy of `files` does not have.
      if call.party == "files", call.status == 403, ["PUT", "DELETE"].contains(call.method) || call.key == "x" {
        refused += 1
        continue
      }
      // The audit tries URLs for another key, length and type, which must be refused.
      if call.party == "admin-audit", call.presigned, call.status == 403, call.key.contains("/other-") { continue }
      let party = try #require(Party(rawValue: call.party), "\(call)")
      #expect(call.status != 403, "\(call)")
      let needs = try #require(call.needs, "a request that S3Operation does not know: \(call)")
      let parties: [Party] = party == .adminMigrate ? [.adminMigrate, .adminMigrateSource] : [party]
      let known = parties.reduce(into: Set<Need>()) { $0.formUnion(Derivation.needs(of: $1)) }
      #expect(needs.isSubset(of: known), "no row of CallSites has \(call)")
      for party in parties { reached[party, default: []].formUnion(needs.intersection(Derivation.needs(of: party))) }
    }
    #expect(refused == 3)
    for party in Party.allCases {
      let unseen = Derivation.needs(of: party).subtracting(reached[party] ?? [])
      for need in unseen.sorted() {
        let isTold = Evidence.all.contains { $0.parties.contains(party) && $0.needs(of: party).contains(need) }
        #expect(isTold, "\(party) was not seen to use \(need), and no test is named that makes the call")
      }
    }
  }

  @Test func `without one action the run ends at the call that needs it, and the log names the action`() throws {
    let run = try Enforced.run(without: "s3:ListMultipartUploadParts", of: .presign)
    #expect(run.failure?.contains("503") == true, "\(run.failure ?? "no failure")")
    #expect(run.steps == Array(Self.steps.prefix(3)))
    let refused = run.calls.filter { $0.status == 403 }
    #expect(!refused.isEmpty && refused.allSatisfy { $0.party == "presign" && $0.query == ["max-parts", "uploadId"] })
    let line = try #require(run.refusals.first)
    #expect(run.refusals.count == 1)
    for words in ["ListParts", "uploads-raw", "s3:ListMultipartUploadParts"] {
      #expect(line.contains(words), "\(line)")
    }
  }

  @Test func `the tests that make the other calls exist`() throws {
    for row in Evidence.all {
      let file = CallScan.root.appending(path: "Tests/\(row.file).swift")
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains("func `\(row.test)`"), "\(row.file): \(row.test)")
      for party in row.parties {
        #expect(row.needs(of: party).isSubset(of: Derivation.needs(of: party)), "\(party): \(row.test)")
      }
    }
  }
}
