import Foundation
import S3
import Storage

/// Probes of the rules of a bucket; each removes its rule again.
extension ProbeGround {
  /// Sets a document in the scratch bucket, and runs `test` if the store keeps it.
  private func setting(
    _ kind: DocumentKind,
    _ text: String,
    in place: ProbePlace,
    then test: () throws -> ProbeOutcome
  ) throws -> ProbeOutcome {
    let document: JSONValue
    do { document = try JSONValue(json: Array(text.utf8)) } catch { return .unknown("no document: \(error.reason)") }
    defer { try? store.removeDocument(kind, of: place.bucket) }
    try store.setDocument(kind, document, of: place.bucket)
    let live = try store.document(kind, of: place.bucket)
    let lost = DocumentComparison(kind, wanted: document, live: live).ours
    guard lost.isEmpty else {
      // The names of scratch buckets differ from run to run.
      let details = lost.flatMap(\.details).joined(separator: "; ").replacing(/stowage-probe-[0-9a-z-]+/, with: "…")
      return .cannot("taken, but not kept: \(details)")
    }
    return try test()
  }

  func cors() throws -> ProbeOutcome {
    let place = try scratchBucket()
    let origin = "https://probe.example"
    func allows(_ origin: String) throws(StoreError) -> Bool { try store.allowsUploads(from: origin, to: place.bucket) }
    do {
      let rule =
        #"{"CORSRules": [{"AllowedOrigins": ["\#(origin)"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"]}]}"#
      return try setting(.cors, rule, in: place) {
        guard try waits(until: { () throws(StoreError) in try allows(origin) }) else {
          return .cannot("kept, but a preflight is refused")
        }
        return try allows("https://other.example") ? .cannot("every origin is allowed") : .can("this origin alone")
      }
    } catch let error as StoreError {
      let outcome = ProbeOutcome(error)
      guard outcome.state == .cannot, try allows(origin) else { return outcome }
      return .cannot("\(outcome.answer); every origin is allowed")
    }
  }

  func encryption() throws -> ProbeOutcome {
    let place = try scratchBucket()
    let rule = #"{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}"#
    return try setting(.encryption, rule, in: place) {
      try write("x", "encrypted", in: place)
      let algorithm = try encryptionHeader(of: "encrypted", in: place)
      return algorithm == "AES256" ? .can("objects are AES256") : .cannot("kept, but objects are not encrypted")
    }
  }

  func lifecycle(_ capability: StoreCapability) throws -> ProbeOutcome {
    let place = try scratchBucket()
    let everything = #""Filter": {"Prefix": ""}"#
    let days = #""Expiration": {"Days": 365}"#
    let rule =
      switch capability {
      case .lifecycleTag: #""Filter": {"Tag": {"Key": "retention", "Value": "standard"}}, \#(days)"#
      case .lifecycleSize: #""Filter": {"ObjectSizeGreaterThan": 131072}, \#(days)"#
      case .lifecycleOldVersions: #"\#(everything), "NoncurrentVersionExpiration": {"NoncurrentDays": 31}"#
      case .lifecycleMarkers: #"\#(everything), "Expiration": {"ExpiredObjectDeleteMarker": true}"#
      case .lifecycleParts: #"\#(everything), "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}"#
      case .lifecycleMoves: #"\#(everything), "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]"#
      default: #"\#(everything), \#(days)"#
      }
    let size =
      capability == .lifecycleMinimumSize ? #", "TransitionDefaultMinimumObjectSize": "varies_by_storage_class""# : ""
    let document = #"{"Rules": [{"ID": "probe", "Status": "Enabled", \#(rule)}]\#(size)}"#
    return try setting(.lifecycle, document, in: place) { .can("kept as sent") }
  }

  /// Sets a policy that denies the reading of one object; `isTried` tells if the object is then read.
  func policy(isTried: Bool) throws -> ProbeOutcome {
    let place = try scratchBucket()
    try write("x", "denied", in: place)
    let statement = """
      {"Version": "2012-10-17", "Statement": [{"Sid": "StowageProbe", "Effect": "Deny", "Principal": "*",
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::\(place.bucket)/\(place.key("denied"))"}]}
      """
    return try setting(.policy, statement, in: place) {
      guard isTried else { return .can("kept as sent") }
      let isObeyed = try waits { () throws(StoreError) in
        do throws(StoreError) {
          _ = try store.head(place.key("denied"), in: place.bucket)
          return false
        } catch .accessDenied {
          return true
        }
      }
      return isObeyed ? .can("a denied object is 403") : .cannot("kept, but a denied object is read")
    }
  }

  func policyTLS(isPolicyObeyed policy: ProbeResult.State?) throws -> ProbeOutcome {
    let place = try scratchBucket()
    guard policy == .can else { return .unknown("not tried: no policy is in force") }
    let passes = try SecureTransport.isSeen(by: store, in: place.bucket, policy: nil)
    switch (store.publicURL(of: "", in: place.bucket).hasPrefix("https:"), passes) {
    case (true, true): return .can("requests of this node pass")
    case (true, false): return .cannot("requests with TLS are refused, such as behind a TLS proxy")
    case (false, true): return .cannot("requests without TLS pass: the condition has no effect")
    case (false, false): return .cannot("this node speaks http, and is refused")
    }
  }

  /// Probes a document that the store only has to keep.
  func document(_ capability: StoreCapability) throws -> ProbeOutcome {
    let place = try scratchBucket()
    switch capability {
    case .publicAccessBlock:
      let block = """
        {"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true}
        """
      return try setting(.publicAccessBlock, block, in: place) {
        // Ceph refuses even a private access list beside `BlockPublicAcls`.
        let answer = try upload("blocked", in: place, signed: [("x-amz-acl", "private")])
        return .can("kept as sent; an upload with a private access list is \(answer.code)")
      }
    case .ownership:
      let rule = #"{"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}"#
      return try setting(.ownership, rule, in: place) { .can("kept as sent") }
    case .logging:
      let target = scratch.places.first?.bucket ?? place.bucket
      // The receiving bucket must allow the delivery before some stores take the setting.
      let delivery = """
        {"Version": "2012-10-17", "Statement": [{"Sid": "StowageProbe", "Effect": "Allow",
          "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
          "Resource": "arn:aws:s3:::\(target)/*"}]}
        """
      if let document = try? JSONValue(json: Array(delivery.utf8)) {
        try? store.setDocument(.policy, document, of: target)
      }
      defer { try? store.removeDocument(.policy, of: target) }
      let rule = #"{"LoggingEnabled": {"TargetBucket": "\#(target)", "TargetPrefix": "stowage-probe/"}}"#
      return try setting(.logging, rule, in: place) { .can("kept as sent") }
    default:
      return try setting(.notification, #"{"EventBridgeConfiguration": {}}"#, in: place) {
        // The configuration has no members, so its presence counts.
        let live = try store.document(.notification, of: place.bucket)
        return live?["EventBridgeConfiguration"] == nil ? .cannot("taken, but not kept") : .can("kept as sent")
      }
    }
  }
}
