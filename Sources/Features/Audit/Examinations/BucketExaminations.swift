import Core
import Foundation
import S3
import Storage

extension Examination {
  /// Compares the buckets with their documents.
  static let bucketRules = Examination(
    checks: [Check.bucketExists] + DocumentKind.allCases.map(Check.ofDocument)
  ) { ground in
    let checks = [Check.bucketExists] + DocumentKind.allCases.map(Check.ofDocument)
    let rules: [BucketRule]
    do { rules = try ground.subject.bucketRules() } catch {
      return checks.map { $0.found(at: ground.settings.store.url, .unknown("\(error)")) }
    }
    var findings: [Finding] = []
    for bucket in ground.settings.buckets.all {
      let own = rules.filter { $0.bucket == bucket }
      findings.append(Check.bucketExists.found(at: bucket, own.filter { $0.kind == nil }.map(existence)))
      for kind in DocumentKind.allCases {
        let compared = own.filter { $0.kind == kind }
        guard !compared.isEmpty else { continue }
        findings.append(finding(of: kind, in: bucket, compared, ground))
      }
    }
    for check in checks where !findings.contains(where: { $0.check == check }) {
      findings.append(check.found(at: "", .manual("no document of a bucket describes it")))
    }
    return findings
  }

  private static func existence(_ rule: BucketRule) -> Observation {
    switch rule.state {
    case .same: .pass(rule.text)
    case .refused: .unknown(rule.text)
    default: .fail(rule.text)
    }
  }

  private static func finding(
    of kind: DocumentKind,
    in bucket: String,
    _ rules: [BucketRule],
    _ ground: Ground
  ) -> Finding {
    let check = Check.ofDocument(kind)
    if kind == .cors, ground.settings.corsOrigins.contains("*") {
      return check.found(at: bucket, .manual("follows STOWAGE_CORS_ORIGINS=*, which is a finding by itself"))
    }
    let observations = rules.compactMap { rule -> Observation? in
      switch rule.state {
      case .same: .pass(rule.text)
      case .differs: .fail(rule.text)
      // The checks of anonymous access find what a policy opens, with proof.
      case .danger: kind == .policy ? nil : .fail(rule.text)
      case .notOffered: .manual(rule.text)
      case .refused: .unknown(rule.text)
      }
    }
    let remarks = observations.filter { $0.outcome == .manual }
    guard !remarks.isEmpty, observations.allSatisfy({ [.pass, .manual].contains($0.outcome) }) else {
      return check.found(at: bucket, observations.isEmpty ? [.pass("is as the document says")] : observations)
    }
    return check.found(at: bucket, remarks)
  }

  /// Tries to read, list, write and delete without credentials, and reads the policies.
  static let anonymousAccess = Examination(
    checks: [.anonymousRead, .anonymousList, .anonymousWrite, .policyWildcard, .policyPrincipals]
  ) { ground in
    let checks: [Check] = [.anonymousRead, .anonymousList, .anonymousWrite, .policyWildcard, .policyPrincipals]
    let store: S3Store
    do { store = try ground.subject.store() } catch {
      return checks.map { $0.found(at: ground.settings.store.url, .unknown("\(error)")) }
    }
    return Set(ground.settings.buckets.all).sorted().flatMap { bucket in
      ground.isStopped() ? [] : AnonymousProbe(ground: ground, store: store, bucket: bucket).findings()
    }
  }

  /// Sends preflights from a foreign origin to the buckets, and reads the CORS rules.
  static let bucketOrigins = Examination(checks: [.bucketCORSWildcard]) { ground in
    let check = Check.bucketCORSWildcard
    guard !ground.settings.corsOrigins.contains("*") else {
      let text = "follows STOWAGE_CORS_ORIGINS=*, which is a finding by itself"
      return [check.found(at: ground.settings.buckets.raw, .manual(text))]
    }
    let store: S3Store
    do { store = try ground.subject.store() } catch {
      return [check.found(at: ground.settings.store.url, .unknown("\(error)"))]
    }
    return Set(ground.settings.buckets.all).sorted().map { bucket in
      var observations = ["GET", "PUT"].map { method in
        preflight(method, store.publicURL(of: "audit/preflight", in: bucket), ground.store)
      }
      observations.append(corsRules(of: bucket, store, ground.settings.corsOrigins))
      return check.found(at: bucket, observations)
    }
  }

  private static func corsRules(of bucket: String, _ store: S3Store, _ origins: [String]) -> Observation {
    do throws(StoreError) {
      let rules = try store.document(.cors, of: bucket)?["CORSRules"]?.items ?? []
      for rule in rules {
        let name = rule["ID"]?.string ?? "without a name"
        for origin in (rule["AllowedOrigins"]?.items ?? []).compactMap(\.string) {
          let pattern = OriginPattern(origin)
          if pattern.isWide { return .fail("the rule \(name) allows every origin", rule.json()) }
          if !origins.contains(where: pattern.covers), !(origin == "null" && isReading(rule)) {
            return .fail("the rule \(name) allows \(origin), which STOWAGE_CORS_ORIGINS does not name", rule.json())
          }
        }
      }
      return .pass("the rules allow the origins of the settings only")
    } catch {
      return error.isNotOffered ? .pass("the store has no CORS rules") : .unknown("the CORS rules: \(error)")
    }
  }

  /// True for a rule that only lets pages read, as a download needs it that is redirected to the store: browsers then send
  /// the origin `null`.
  ///
  /// Source: https://fetch.spec.whatwg.org/#origin-header
  private static func isReading(_ rule: JSONValue) -> Bool {
    let methods = (rule["AllowedMethods"]?.items ?? []).compactMap(\.string)
    return !methods.isEmpty && methods.allSatisfy(["GET", "HEAD"].contains)
  }

  /// Asks as a browser does for a page of a foreign origin.
  static func preflight(_ method: String, _ url: String, _ probe: Probe) -> Observation {
    let origin = "https://audit.invalid"
    let headers = [(name: "Origin", value: origin), (name: "Access-Control-Request-Method", value: method)]
    let answer = probe.ask("OPTIONS", url, headers: headers)
    let quote = answer.quote("OPTIONS \(url) (Origin: \(origin), \(method))")
    guard let status = answer.status else { return .unknown("no answer to a preflight", quote) }
    let allowed = answer.header("access-control-allow-origin")
    if let allowed, allowed == "*" || allowed == origin {
      return .fail("a page of \(origin) may \(method)", "\(quote), Access-Control-Allow-Origin: \(allowed)")
    }
    return status >= 500 ? .unknown("the server fails at a preflight", quote) : .pass("refuses foreign origins", quote)
  }
}
