import Foundation
import S3
import TestSupport
import Testing

@Suite(.serialized) struct EnforcedTests {
  /// What the run does, in order.
  private static let steps = [
    "buckets plan, apply and audit", "upload, processing and image", "download", "multipart upload, complete and abort",
    "rejection", "delete, restore and purge", "image on demand", "sweep, explain and download by the administrator",
    "migrate a tree, verify and roll back", "migrate a bucket", "doctor", "erase a user", "refusals",
  ]

  /// The actions that the run does not reach, with the test that makes their calls.
  private static let elsewhere: [(parties: Set<Party>, action: String, test: String)] = []

  @Test func `the processes work under their policies, and make no call that the rows do not have`() throws {
    let run = try Enforced.run()
    #expect(run.failure == nil)
    #expect(run.steps == Self.steps)
    var reached: [Party: Set<Need>] = [:]
    var refused = 0
    for call in run.calls where call.party != "" {
      // The last step of the run tries what the policy of `files` does not have.
      if call.party == "files", call.status == 403, ["PUT", "DELETE"].contains(call.method) || call.key == "x" {
        refused += 1
        continue
      }
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
      let missed = Set(Derivation.needs(of: party).subtracting(reached[party] ?? []).map(\.action)).sorted()
      let told = Set(Self.elsewhere.filter { $0.parties.contains(party) }.map(\.action))
      #expect(Set(missed).isSubset(of: told), "\(party) was not seen to use \(missed.filter { !told.contains($0) })")
    }
  }
}
