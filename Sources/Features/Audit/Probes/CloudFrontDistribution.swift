import Core
import Foundation
import HTTP
import Signing
import XML

/// The configuration of a CloudFront distribution.
///
/// Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
struct CloudFrontDistribution {
  /// The reason why there is no configuration.
  enum Failure: Error {
    /// CloudFront does not know the distribution.
    case missing(String)
    /// CloudFront does not tell.
    case unknown(String)
  }

  private let root: XMLElement

  /// Reads the configuration with one signed request.
  ///
  /// Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetDistributionConfig.html
  init(_ settings: CloudFrontSettings, credentials: Credentials, at now: Date) throws(Failure) {
    let signer = RequestSigner(
      credentials: credentials,
      region: "us-east-1",
      service: "cloudfront",
      canonicalPath: .encoded(normalized: true),
      sendsPayloadHash: false
    )
    let path = "/2020-05-31/distribution/\(settings.distribution)/config"
    let headers = signer.headers(
      method: "GET",
      path: path,
      query: [],
      headers: [("host", String(settings.url.drop { $0 != "/" }.dropFirst(2)))],
      payloadHash: PayloadHash.of([]),
      at: now
    )
    let answer = Probe(caFile: nil).ask("GET", settings.url + path, headers: headers)
    let quote = answer.quote("GET \(settings.url)\(path)")
    guard case .success(let response) = answer else { throw .unknown(quote) }
    guard response.head.isSuccess else {
      throw response.head.status == 404 ? .missing(quote) : .unknown(quote)
    }
    guard let root = try? XMLReader.read(response.body), root.name == "DistributionConfig" else {
      throw .unknown("\(quote), which is no DistributionConfig")
    }
    self.root = root
  }

  var isEnabled: Bool { root.text(of: "Enabled") == "true" }

  /// The behaviours with their path patterns, the default one last.
  var behaviours: [(path: String, rules: XMLElement)] {
    let listed = (root["CacheBehaviors"]?["Items"]?.children ?? []).map { ($0.text(of: "PathPattern") ?? "", $0) }
    return listed + (root["DefaultCacheBehavior"].map { [("*", $0)] } ?? [])
  }

  var origins: [XMLElement] { root["Origins"]?["Items"]?.children ?? [] }
  var certificate: XMLElement? { root["ViewerCertificate"] }
  var errorResponses: [XMLElement] { root["CustomErrorResponses"]?["Items"]?.children ?? [] }
  var isLogging: Bool { root["Logging"]?.text(of: "Enabled") == "true" }
  var hasFirewall: Bool { root.text(of: "WebACLId")?.isEmpty == false }
}
