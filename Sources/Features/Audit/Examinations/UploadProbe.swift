import Core
import Foundation
import HTTP
import S3
import Storage

/// Trial uploads with presigned URLs, under one prefix of the raw bucket.
struct UploadProbe {
  let ground: Ground
  let store: S3Store
  let signer: S3Store
  let scratch: ScratchObjects

  private static let bytes = Array("sent by the audit".utf8)

  private var bucket: String { ground.settings.buckets.raw }
  private var policy: UploadPolicy { ground.settings.uploads }
  private typealias Headers = [(name: String, value: String)]

  /// The address of the uploads.
  var place: String { signer.publicURL(of: "", in: bucket) }

  private var headers: Headers {
    [(name: "content-type", value: "text/plain")] + policy.objectGuards.map { ($0.header.rawValue, $0.value) }
  }

  private func sign(_ name: String, expires seconds: Int = 60, at now: Date? = nil) throws(StoreError) -> String {
    try signer.presignPut(
      scratch.folder + name,
      in: bucket,
      signedHeaders: headers + [("content-length", String(Self.bytes.count))],
      expires: seconds,
      at: now ?? ground.now
    ).url
  }

  /// Uploads as a browser does.
  func control() throws(StoreError) -> Probe.Answer {
    let answer = ground.store.ask("PUT", try sign("control"), headers: headers, body: Self.bytes)
    if answer.isSuccess || answer.status == nil && !answer.isClosed { scratch.expectObjects() }
    return answer
  }

  func lifetime() throws(StoreError) -> Observation {
    let url = try sign("lifetime", expires: min(policy.urlSeconds, 604_800))
    let seconds = url.firstMatch(of: /X-Amz-Expires=([0-9]+)/).flatMap { Int($0.1) } ?? Int.max
    let text = "upload URLs live \(seconds) s"
    return seconds <= 900 ? .pass(text) : .fail(text)
  }

  func expired() throws(StoreError) -> Observation {
    let url = try sign("expired", at: ground.now - 180)
    return judge(url, headers, Self.bytes, "a URL that ended two minutes ago still works")
  }

  func otherKey() throws(StoreError) -> Observation {
    let url = try sign("one-key").replacing("/one-key?", with: "/other-key?")
    return judge(url, headers, Self.bytes, "a URL for one key writes another")
  }

  func otherLength() throws(StoreError) -> Observation {
    judge(try sign("other-length"), headers, Self.bytes + [0x21], "an upload one byte longer than signed is accepted")
  }

  func otherType() throws(StoreError) -> Observation {
    let changed = headers.map { $0.name == "content-type" ? (name: $0.name, value: "text/html") : $0 }
    return judge(try sign("other-type"), changed, Self.bytes, "an upload of another type than signed is accepted")
  }

  private func judge(_ url: String, _ headers: Headers, _ body: [UInt8], _ harm: String) -> Observation {
    let answer = ground.store.ask("PUT", url, headers: headers, body: body)
    let quote = answer.quote("PUT \(url)")
    switch answer.status {
    case .some(200..<300): return .fail(harm, quote)
    case .some(400..<500): return .pass("refused", quote)
    // A store may close the connection before it has read a body that it refuses.
    case nil where answer.isClosed: return .pass("refused", quote)
    default: return .unknown("neither accepted nor refused", quote)
    }
  }

  /// Adds each of the harmful headers, before and after the signed ones, because stores differ in which of two they use.
  func unsignedHeaders() throws -> [Observation] {
    let source = "/\(bucket)/" + (try scratch.put("source", "somebody else's", in: bucket))
    let additions: Headers = [
      ("x-amz-acl", "public-read"),
      ("x-amz-grant-read", #"uri="http://acs.amazonaws.com/groups/global/AllUsers""#), ("x-amz-copy-source", source),
    ]
    return try additions.map { addition in
      var quotes: [String] = []
      for isFirst in [true, false] {
        let name = "\(addition.name)-\(isFirst ? "first" : "last")"
        let all = isFirst ? [addition] + headers : headers + [addition]
        let url = try sign(name)
        let answer = ground.store.ask("PUT", url, headers: all, body: Self.bytes)
        let quote = answer.quote("PUT \(url) (\(addition.name))")
        quotes.append(quote)
        guard let status = answer.status, status < 500 else { return .unknown("no answer to an added header", quote) }
        if answer.isSuccess, try isObeyed(addition.name, name) {
          return .fail("\(addition.name) in an upload is obeyed", quote)
        }
      }
      return Observation(outcome: .pass, text: "\(addition.name) has no effect", evidence: quotes)
    }
  }

  private func isObeyed(_ header: String, _ name: String) throws -> Bool {
    let key = scratch.folder + name
    if header == "x-amz-copy-source" { return try store.bytes(of: key, in: bucket, limit: 1024) != Self.bytes }
    return ground.store.ask("GET", signer.publicURL(of: key, in: bucket)).isSuccess
  }
}
