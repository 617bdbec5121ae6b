import Core
import Foundation
import Signing
import XML

extension Examination {
  /// Reads the configuration of the CloudFront distribution.
  static let distribution = Examination(checks: Check.cdn) { ground in
    guard let settings = ground.settings.cloudFront else {
      return Check.cdn.map { $0.found(at: "STOWAGE_CLOUDFRONT_DISTRIBUTION", .pass("none")) }
    }
    let place = settings.distribution
    let credentials: Credentials
    do { credentials = try ground.subject.cloudFrontCredentials() } catch {
      return Check.cdn.map { $0.found(at: place, .unknown("\(error)")) }
    }
    let found: CloudFrontDistribution
    do throws(CloudFrontDistribution.Failure) {
      found = try CloudFrontDistribution(settings, credentials: credentials, at: ground.now)
    } catch {
      switch error {
      case .missing(let quote):
        return Check.cdn.map { check in
          check.found(
            at: place,
            check == .cdnExists ? .fail("CloudFront does not know it", quote) : .manual("there is no distribution")
          )
        }
      case .unknown(let quote): return Check.cdn.map { $0.found(at: place, .unknown("it cannot be read", quote)) }
      }
    }
    let judged: [(Check, Observation)] = [
      (.cdnExists, found.isEnabled ? .pass("is enabled") : .fail("is not enabled", "Enabled: false")),
      (.cdnViewerHTTPS, viewers(found)), (.cdnTLS, versions(found)), (.cdnOriginAccess, buckets(found)),
      (.cdnOriginHTTPS, nginxOrigins(found)), (.cdnGuarded, guarded(found)), (.cdnErrors, errors(found)),
      // Standard logging (v2) is no part of a distribution's configuration.
      (.cdnLogging, found.isLogging ? .pass("logs requests") : .manual("no logging of the old kind: look for v2")),
      (.cdnFirewall, found.hasFirewall ? .pass("has a web ACL") : .fail("has no web ACL")),
    ]
    return judged.map { $0.0.found(at: place, $0.1) }
  }

  private static func viewers(_ found: CloudFrontDistribution) -> Observation {
    for (path, rules) in found.behaviours {
      let policy = rules.text(of: "ViewerProtocolPolicy") ?? ""
      guard ["redirect-to-https", "https-only"].contains(policy) else {
        return .fail("\(path) answers plain http", "\(path): ViewerProtocolPolicy: \(policy)")
      }
    }
    return found.behaviours.isEmpty ? .unknown("it has no behaviours") : .pass("each behaviour demands https")
  }

  private static func versions(_ found: CloudFrontDistribution) -> Observation {
    let version = found.certificate?.text(of: "MinimumProtocolVersion") ?? ""
    if found.certificate?.text(of: "CloudFrontDefaultCertificate") == "true" {
      return .fail("has the default certificate, which admits TLS 1.0", "CloudFrontDefaultCertificate: true")
    }
    let quote = "MinimumProtocolVersion: \(version)"
    return ["TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"].contains(version)
      ? .pass(version, quote) : .fail("admits \(version.isEmpty ? "old versions" : version)", quote)
  }

  private static func name(_ origin: XMLElement) -> String { origin.text(of: "DomainName") ?? "" }

  private static func isBucket(_ origin: XMLElement) -> Bool {
    name(origin).contains(/\.s3[.\-][a-z0-9.\-]*amazonaws\.com/) || origin["CustomOriginConfig"] == nil
  }

  private static func buckets(_ found: CloudFrontDistribution) -> Observation {
    let buckets = found.origins.filter(isBucket)
    if let open = buckets.first(where: { $0.text(of: "OriginAccessControlId")?.isEmpty ?? true }) {
      return .fail("reads \(name(open)) without Origin Access Control", "\(name(open)): OriginAccessControlId is empty")
    }
    return .pass("\(Wording.number(buckets.count, "bucket")), each with Origin Access Control")
  }

  private static func nginxOrigins(_ found: CloudFrontDistribution) -> Observation {
    for origin in found.origins {
      guard let custom = origin["CustomOriginConfig"] else { continue }
      let policy = custom.text(of: "OriginProtocolPolicy") ?? ""
      guard policy == "https-only" else {
        return .fail("\(name(origin)) is reached over http", "\(name(origin)): OriginProtocolPolicy: \(policy)")
      }
      let versions = (custom["OriginSslProtocols"]?["Items"]?.children ?? []).map(\.text)
      guard !versions.isEmpty, versions.allSatisfy({ ["TLSv1.2", "TLSv1.3"].contains($0) }) else {
        let list = versions.joined(separator: ", ")
        return .fail("\(name(origin)) is reached with \(list)", "\(name(origin)): OriginSslProtocols: \(list)")
      }
    }
    return .pass("each origin is reached over https with TLS 1.2")
  }

  private static func guarded(_ found: CloudFrontDistribution) -> Observation {
    for path in ["/private/*", "/premium/*"] {
      // The first behaviour whose pattern matches decides.
      let chosen = found.behaviours.first { [path, String(path.dropFirst()), "*", "/*"].contains($0.path) }
      guard let chosen else { return .unknown("no behaviour takes \(path)") }
      guard chosen.rules["TrustedKeyGroups"]?.text(of: "Enabled") == "true" else {
        return .fail("\(path) needs no cookies", "\(chosen.path): TrustedKeyGroups is not enabled")
      }
    }
    return .pass("/private/* and /premium/* need cookies")
  }

  private static func errors(_ found: CloudFrontDistribution) -> Observation {
    for code in ["403", "404"] {
      let time = found.errorResponses.first { $0.text(of: "ErrorCode") == code }?.text(of: "ErrorCachingMinTTL")
      guard time.flatMap(Int.init) == 0 else {
        return .fail(
          "keeps \(code) for \(time ?? "the default of 10") s",
          "ErrorCachingMinTTL of \(code): \(time ?? "not set")"
        )
      }
    }
    return .pass("keeps no errors")
  }
}
