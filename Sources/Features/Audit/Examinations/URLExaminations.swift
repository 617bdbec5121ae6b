import Core
import Foundation
import S3
import Storage

extension Examination {
  /// Uses presigned URLs in ways that their signature forbids.
  static let presignedURLs = Examination(
    checks: [.urlLifetime, .urlExpired, .urlOtherKey, .urlOtherLength, .urlOtherType]
  ) { ground in
    let checks: [Check] = [.urlLifetime, .urlExpired, .urlOtherKey, .urlOtherLength, .urlOtherType]
    return withUploads(ground, checks) { uploads in
      let place = uploads.place
      var findings = [Check.urlLifetime.found(at: "STOWAGE_UPLOAD_URL_SECONDS", try uploads.lifetime())]
      let attempts: [(Check, () throws -> Observation)] = [
        (.urlExpired, uploads.expired), (.urlOtherKey, uploads.otherKey), (.urlOtherLength, uploads.otherLength),
        (.urlOtherType, uploads.otherType),
      ]
      for (check, attempt) in attempts where !ground.isStopped() {
        findings.append(check.found(at: place, try attempt()))
      }
      return findings
    }
  }

  /// Adds headers to an upload that its signature does not have.
  static let unsignedHeaders = Examination(checks: [.urlUnsignedHeaders]) { ground in
    withUploads(ground, [.urlUnsignedHeaders]) { uploads in
      [Check.urlUnsignedHeaders.found(at: uploads.place, try uploads.unsignedHeaders())]
    }
  }

  private static func withUploads(
    _ ground: Ground,
    _ checks: [Check],
    _ body: (UploadProbe) throws -> [Finding]
  ) -> [Finding] {
    let bucket = ground.settings.buckets.raw
    func unknown(_ text: String, _ evidence: String...) -> [Finding] {
      checks.map { $0.found(at: bucket, Observation(outcome: .unknown, text: text, evidence: evidence)) }
    }
    do {
      let store = try ground.subject.store()
      let scratch = ScratchObjects(store, ground)
      defer { scratch.remove(from: bucket) }
      let uploads = UploadProbe(
        ground: ground,
        store: store,
        signer: try ground.subject.uploadSigner(),
        scratch: scratch
      )
      // Refusals prove nothing on a store that refuses the right request too.
      let control = try uploads.control()
      guard control.isSuccess else {
        return unknown("the store refuses an upload as it is signed", control.quote("PUT \(uploads.place)"))
      }
      return try body(uploads)
    } catch {
      return unknown("\(error)")
    }
  }

  /// Looks at the addresses of the store, and sends a signed request without TLS.
  static let storeScheme = Examination(checks: [.storeHTTPS]) { ground in
    let check = Check.storeHTTPS
    let settings = ground.settings.store
    func judged(_ setting: String, _ url: String, isLocalAllowed: Bool) -> Finding {
      if url.hasPrefix("https://") {
        return check.found(at: setting, .pass("\(url) is https"))
      }
      let isLocal = NginxAddress.isPrivate(String(url.dropFirst("http://".count))) && isLocalAllowed
      return check.found(
        at: setting,
        isLocal ? .pass("\(url) does not leave this machine or its private network") : .fail("\(url) is plain http")
      )
    }
    var findings = [
      judged("STOWAGE_S3_URL", settings.url, isLocalAllowed: true),
      judged("STOWAGE_S3_PUBLIC_URL", settings.publicURL, isLocalAllowed: false),
    ]
    if settings.publicURL.hasPrefix("https://") { findings.append(check.found(at: settings.publicURL, plain(ground))) }
    return findings
  }

  private static func plain(_ ground: Ground) -> Observation {
    do {
      let bucket = ground.settings.buckets.raw
      let store = try ground.subject.store()
      let scratch = ScratchObjects(store, ground)
      defer { scratch.remove(from: bucket) }
      // The object must exist: AWS answers 403 for a missing one to keys that may not list.
      let key = try scratch.put("plain", "read over plain http", in: bucket)
      let signed = try store.presignGet(key, in: bucket, expires: 60, at: ground.now)
      let url = "http" + signed.url.dropFirst("https".count)
      let answer = ground.store.ask("GET", url)
      let quote = answer.quote("GET \(url)")
      if answer.isClosed { return .pass("no server listens for plain http", quote) }
      guard let status = answer.status else { return .unknown("no answer over plain http", quote) }
      guard status < 500 else { return .unknown("neither answered nor refused", quote) }
      // 404: the store looked for the object, so it accepted the request.
      return status == 404 || status < 300
        ? .fail("answers signed requests over plain http", quote) : .pass("refuses plain http", quote)
    } catch {
      return .unknown("\(error)")
    }
  }
}
