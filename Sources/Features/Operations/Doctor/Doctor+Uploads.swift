import Core
import Foundation
import HTTP
import S3
import Storage

extension Doctor {
  /// Headers that the holder of an upload URL can try to add to the upload.
  private enum Addition: CaseIterable {
    case list, grant, copy

    func header(copying source: String) -> (name: String, value: String) {
      switch self {
      case .list: ("x-amz-acl", "public-read")
      case .grant: ("x-amz-grant-read", #"uri="http://acs.amazonaws.com/groups/global/AllUsers""#)
      case .copy: ("x-amz-copy-source", source)
      }
    }
  }

  /// Checks that the store accepts a signed upload, and that headers added by the sender have no effect.
  ///
  /// A public access control list would make an unchecked upload readable for everybody. A copy source would turn the
  /// upload into a copy of another user's object. The check uploads a few bytes with each header, under keys that no
  /// user's file can have, and deletes them.
  func uploads(at now: Date) -> [Finding] {
    guard let makeSigner = patient.uploadSigner else { return [] }
    do {
      let probe = Probe(
        store: try patient.store(),
        signer: try makeSigner().signingForThisNode(),
        bucket: patient.settings.buckets.raw,
        policy: patient.settings.uploads,
        client: HTTPClient(HTTPClient.Settings(caFile: patient.settings.store.caFile))
      )
      let answer = Result { try judge(probe, at: now) }
      try probe.remove()
      return try answer.get() + locks(probe)
    } catch {
      return [.bad("uploads", "\(patient.settings.store.url): \(words(error))", advice(error))]
    }
  }

  private func judge(_ probe: Probe, at now: Date) throws -> [Finding] {
    let plain = try probe.upload("plain", adding: [], at: now)
    guard plain.isSuccess else {
      return [
        .bad(
          "uploads",
          "the store refuses an upload as it is signed: \(plain.status)",
          "Look at STOWAGE_S3_UPLOAD_ACL, STOWAGE_S3_UNSIGNED_HEADERS and STOWAGE_S3_UPLOAD_ACCESS_KEY."
        )
      ]
    }
    let source = try probe.putSource()
    var obeyed: [Finding] = []
    var answers: [String] = []
    for addition in Addition.allCases {
      let header = addition.header(copying: source)
      var statuses: [String] = []
      var isObeyed = false
      // The header is sent before and after the signed headers, because stores differ in which of two equal headers
      // they use.
      for (name, isFirst) in [("\(addition)-first", true), ("\(addition)-last", false)] {
        let answer = try probe.upload(name, adding: [header], isFirst: isFirst, at: now)
        statuses.append(String(answer.status))
        guard answer.isSuccess else { continue }
        isObeyed = try isObeyed || (addition == .copy ? probe.isCopy(name) : probe.isPublic(name))
      }
      if isObeyed { obeyed.append(complaint(addition, header.name)) }
      answers.append("\(header.name) \(Set(statuses).count == 1 ? statuses[0] : statuses.joined(separator: " or "))")
    }
    guard obeyed.isEmpty else { return obeyed }
    return [.good("uploads", "what their sender adds counts for nothing: \(answers.joined(separator: ", "))")]
  }

  /// Warns if the raw bucket has object lock: a store that obeys unsigned headers then lets uploaders lock their
  /// objects.
  private func locks(_ probe: Probe) throws(StoreError) -> [Finding] {
    // Uses the node's keys, because keys for uploads may not read.
    guard let store = probe.store as? S3Store, try store.hasObjectLock(probe.bucket) else { return [] }
    return [
      .warning(
        "uploads",
        "objects of \(probe.bucket) can be locked: then nothing deletes them, not even what was refused",
        "Let STOWAGE_BUCKET_RAW name a bucket that was made without object lock."
      )
    ]
  }

  private func complaint(_ addition: Addition, _ name: String) -> Finding {
    switch addition {
    case .list, .grant:
      .bad(
        "uploads",
        "with \(name) in an upload, everybody can read it before it is judged",
        "Set STOWAGE_S3_UPLOAD_ACL=private, and run `stowage buckets apply`."
      )
    case .copy:
      .bad(
        "uploads",
        "with \(name) in an upload, it becomes a copy of what somebody else uploaded",
        "Set STOWAGE_S3_UNSIGNED_HEADERS=obeyed, or name keys in STOWAGE_S3_UPLOAD_ACCESS_KEY that may write uploads and read nothing."
      )
    }
  }
}

/// Trial uploads under one prefix of the raw bucket.
private struct Probe {
  let store: any ObjectStore
  let signer: S3Store
  let bucket: String
  let policy: UploadPolicy
  let client: HTTPClient
  let folder = "doctor/\(UUID().uuidString.lowercased())/"
  private let bytes = Array("sent to the doctor".utf8)

  init(store: any ObjectStore, signer: S3Store, bucket: String, policy: UploadPolicy, client: HTTPClient) {
    self.store = store
    self.signer = signer
    self.bucket = bucket
    self.policy = policy
    self.client = client
  }

  func upload(
    _ name: String,
    adding more: [(name: String, value: String)],
    isFirst: Bool = false,
    at now: Date
  ) throws -> HTTPResponseHead {
    let headers =
      [(name: "content-type", value: "text/plain")] + policy.objectGuards.map { ($0.header.rawValue, $0.value) }
    let signed = try signer.presignPut(
      folder + name,
      in: bucket,
      signedHeaders: headers + [("content-length", String(bytes.count))],
      expires: 60,
      at: now
    )
    return try send("PUT", signed.url, isFirst ? more + headers : headers + more, .bytes(bytes)).head
  }

  /// Uploads a source object for the copy test and returns its path.
  func putSource() throws -> String {
    _ = try store.put(.bytes(Array("somebody else's".utf8)), to: folder + "source", in: bucket)
    return "/\(bucket)/\(folder)source"
  }

  func isCopy(_ name: String) throws -> Bool { try store.bytes(of: folder + name, in: bucket, limit: 1024) != bytes }

  func isPublic(_ name: String) throws -> Bool {
    try send("GET", signer.publicURL(of: folder + name, in: bucket), [], .none).head.isSuccess
  }

  /// Deletes every version, so that no delete marker remains.
  func remove() throws(StoreError) {
    var token: String?
    var found: [VersionSummary] = []
    repeat {
      let page = try store.listVersions(bucket, prefix: folder, after: token, limit: 1000)
      found += page.items
      token = page.next
    } while token != nil
    for version in found { try store.delete(version.key, in: bucket, version: version.version) }
  }

  private func send(
    _ method: String,
    _ url: String,
    _ headers: [(name: String, value: String)],
    _ body: HTTPBody
  ) throws(HTTPError) -> HTTPResponse {
    try client.send(HTTPRequest(method, url, headers: headers, body: body, deadlines: HTTPDeadlines(total: 10)))
  }
}
