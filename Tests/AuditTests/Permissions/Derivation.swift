import Audit
import Foundation
import S3

/// The comparison of the policies with the calls of the code.
enum Derivation {
  static let sites =
    CallSite.processing + CallSite.serving + CallSite.administration + CallSite.migration + CallSite.auditing
    + CallSite.usage + CallSite.besidesAmazon

  /// Returns the actions and resources that the code of `party` needs.
  static func needs(of party: Party, _ sites: [CallSite] = sites) -> Set<Need> {
    var needs: Set<Need> = []
    for site in sites where site.parties.contains(party) { for call in site.calls { needs.formUnion(call.needs) } }
    // Invalidations are requests of CloudFront's API: Processor+Invalidation.swift of the worker and of `users erase`.
    if [.worker, .adminFiles].contains(party) {
      needs.insert(Need(action: "cloudfront:CreateInvalidation", resource: "${distributions}"))
    }
    // The command `audit` reads the configuration of the distribution: CloudFrontDistribution.swift.
    if party == .adminAudit {
      needs.insert(Need(action: "cloudfront:GetDistributionConfig", resource: "${distributions}"))
    }
    // A copy has two policies: one for each bucket.
    switch party {
    case .adminMigrate: return needs.filter { !$0.resource.contains("${source}") }
    case .adminMigrateSource: return needs.filter { $0.resource.contains("${source}") }
    default: return needs
    }
  }

  /// Returns the actions and resources that a document of `conf/iam` allows, with its placeholders.
  static func grants(of document: JSONValue) -> Set<Need> {
    var grants: Set<Need> = []
    for statement in document["Statement"]?.items ?? [] where statement["Effect"]?.string == "Allow" {
      for action in (statement["Action"]?.items ?? []).compactMap(\.string) {
        for resource in (statement["Resource"]?.items ?? []).compactMap(\.string) {
          grants.insert(Need(action: action, resource: resource))
        }
      }
    }
    return grants
  }

  /// Returns each difference in words: what the code needs and the document lacks, and what no code needs.
  static func differences(_ party: Party, _ document: JSONValue, _ sites: [CallSite] = sites) -> [String] {
    let (needs, grants) = (needs(of: party, sites), grants(of: document))
    let missing = needs.subtracting(grants).sorted().map { need in
      let places = sites.filter { $0.parties.contains(party) && $0.calls.contains { $0.needs.contains(need) } }
      let files = Set(places.map(\.file)).sorted().joined(separator: ", ")
      return "\(party.rawValue).json lacks \(need)\(files.isEmpty ? "" : ", for \(files)")"
    }
    return missing
      + grants.subtracting(needs).sorted().map { "\(party.rawValue).json allows \($0), which no code needs" }
  }

  /// The folder of the policies.
  static let folder = CallScan.root.appending(path: "conf/iam")

  static func bytes(of party: Party) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: "\(party.rawValue).json")))
  }

  static func document(of party: Party) throws -> JSONValue { try JSONValue(json: bytes(of: party)) }
}

extension JSONValue {
  /// Returns the policy without one action of one statement.
  func without(_ action: String, inStatement index: Int) -> JSONValue {
    changing(index) { actions in actions.filter { $0 != .text(action) } }
  }

  /// Returns the policy with one more action in a statement.
  func with(_ action: String, inStatement index: Int) -> JSONValue { changing(index) { $0 + [.text(action)] } }

  private func changing(_ index: Int, _ change: ([JSONValue]) -> [JSONValue]) -> JSONValue {
    var statements = self["Statement"]?.items ?? []
    statements[index]["Action"] = .array(change(statements[index]["Action"]?.items ?? []))
    var copy = self
    copy["Statement"] = .array(statements)
    return copy
  }
}
