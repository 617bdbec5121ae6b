public import Core
import Foundation
import HTTP
public import Signing

/// A CloudFront distribution, and the source of the credentials for its API.
public struct CloudFrontAccess: Sendable {
  let settings: CloudFrontSettings
  let signer: RotatingSigner

  /// The distribution in `settings`, with requests that are signed by `credentials`.
  public init(_ settings: CloudFrontSettings, credentials: any CredentialSource) {
    self.settings = settings
    signer = RotatingSigner(
      source: credentials,
      region: "us-east-1",
      service: "cloudfront",
      canonicalPath: .encoded(normalized: true),
      sendsPayloadHash: false
    )
  }
}

/// Removes images from the caches of a CloudFront distribution.
///
/// Each path is listed individually: CloudFront allows 3,000 individual paths in progress at a time, but only 15 that
/// end in `*`.
/// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html
struct CloudFrontInvalidation: Sendable {
  /// The maximum number of paths in one request.
  static let batch = 1000
  private static let version = "2020-05-31"

  private let access: CloudFrontAccess
  private let lastRound: TimeInterval
  private let client = HTTPClient(HTTPClient.Settings())
  private var settings: CloudFrontSettings { access.settings }

  /// Invalidates paths of the distribution in `access`; the last purge of the caches comes `lastRound` seconds later.
  init(_ access: CloudFrontAccess, lastRound: TimeInterval = 45) {
    self.access = access
    self.lastRound = lastRound
  }

  /// Invalidates every URL of `keys`, whose images were invalidated at `start`; throws if CloudFront does not accept
  /// it.
  ///
  /// Two different invalidations are sent per file: one at once, and one after nodes can no longer refill an edge cache
  /// with the old image. Repeated calls send the same `CallerReference`, for which CloudFront makes only one
  /// invalidation.
  func invalidate(_ keys: [String], of file: FileID, invalidatedAt start: Date, at now: Date) throws(JobError) {
    let paths = keys.sorted().flatMap { key in
      Visibility.allCases.map { "/\($0.pathPrefix)/\(Self.encoded(key))" }
    }
    let round = CachePurge.nextRound(invalidatedAt: start, at: now, last: lastRound) == nil ? "late" : "soon"
    for first in stride(from: 0, to: paths.count, by: Self.batch) {
      let part = Array(paths[first..<min(first + Self.batch, paths.count)])
      let digest = SHA256.hexadecimal(of: Array(part.joined(separator: "\n").utf8)).prefix(16)
      let milliseconds = Int64((start.timeIntervalSince1970 * 1000).rounded())
      try create(part, reference: "\(file)-\(milliseconds)-\(round)-\(digest)", at: now)
    }
  }

  /// Encodes the key as CloudFront requires: as browsers encode a path in a request, and `~` as `%7E`.
  ///
  /// CloudFront refuses a path with one of the unsafe characters of RFC 1738, of which keys contain `~`.
  /// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html,
  /// https://www.rfc-editor.org/rfc/rfc1738#section-2.2
  static func encoded(_ key: String) -> String {
    percentEncodePath(key).replacing("%40", with: "@").replacing("~", with: "%7E")
  }

  /// Creates one invalidation.
  ///
  /// Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html
  private func create(_ paths: [String], reference: String, at now: Date) throws(JobError) {
    let items = paths.map { "<Path>\($0)</Path>" }.joined()
    let document = """
      <?xml version="1.0" encoding="UTF-8"?>
      <InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/\(Self.version)/">\
      <Paths><Quantity>\(paths.count)</Quantity><Items>\(items)</Items></Paths>\
      <CallerReference>\(reference)</CallerReference></InvalidationBatch>
      """
    let body = Array(document.utf8)
    let path = "/\(Self.version)/distribution/\(settings.distribution)/invalidation"
    let host = String(settings.url.drop { $0 != "/" }.dropFirst(2))
    let signer: RequestSigner
    do throws(CredentialError) {
      signer = try access.signer.signer(at: now)
    } catch {
      throw .outOfReach(detail: "CloudFront: credentials: \(error)")
    }
    let added = signer.headers(
      method: "POST",
      path: path,
      query: [],
      headers: [("content-type", "text/xml"), ("host", host)],
      payloadHash: PayloadHash.of(body),
      at: now
    )
    let headers = [(name: "content-type", value: "text/xml")] + added
    var request = HTTPRequest("POST", settings.url + path, headers: headers, body: .bytes(body))
    request.deadlines.total = 10
    let answer: HTTPResponse
    do throws(HTTPError) {
      answer = try client.send(request)
    } catch {
      throw .outOfReach(detail: "CloudFront: \(error)")
    }
    guard answer.head.isSuccess else {
      let code = String(decoding: answer.body, as: UTF8.self).firstMatch(of: /<Code>([A-Za-z.]{1,80})<\/Code>/)?.1
      throw .outOfReach(detail: "CloudFront: \(answer.head.status) \(code ?? "without a code")")
    }
  }
}
