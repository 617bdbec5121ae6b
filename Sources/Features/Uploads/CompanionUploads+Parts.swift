public import Core
import Database
public import Foundation
import S3
import Storage

/// A part in the bucket, with the ETag by which a completion request may name the part.
public struct TaggedPart: Hashable, Sendable {
  /// The part number, from 1.
  public let number: Int
  /// The length of the part, in bytes; nil if the part comes from a client's request.
  public let size: Int64?
  /// The store's ETag, with its quotes; nil if the client's request has no ETag.
  public let etag: String?

  /// A part as a client's request names it.
  public init(number: Int, etag: String?) {
    self.number = number
    self.etag = etag
    size = nil
  }

  init(_ part: PartSummary) {
    number = part.part.number
    size = part.size
    etag = part.part.etag.description
  }
}

/// A file that was assembled from parts.
public struct CompanionObject: Hashable, Sendable {
  /// The file's identifier, with which the client asks for the file's state.
  public let fileId: String
  /// The key of the file in the raw bucket.
  public let key: String
  /// The raw bucket.
  public let bucket: String
  /// The URL of the object.
  ///
  /// The object cannot be read at this URL without a signature.
  public let location: String
}

/// Presigned URLs for parts of any length.
public struct CompanionParts: Sendable {
  /// The URLs, by part number.
  public let urls: [Int: String]
  /// The headers to send with each part.
  ///
  /// Each header is signed.
  public let headers: [(name: String, value: String)]
  /// The lifetime of the URLs, in seconds.
  public let seconds: Int
}

extension CompanionUploads {
  /// Returns presigned URLs for parts of any length.
  ///
  /// Throws `tooLarge` if a part number is higher than the reserved size can need.
  public func sign(
    _ numbers: [Int],
    of upload: CompanionUpload,
    for user: UserID,
    at now: Date
  ) throws(StorageError) -> CompanionParts {
    let record = try record(upload, of: user)
    let open = try multiparts.open(record)
    guard (1...PartPlan.maximumNumbers).contains(numbers.count), numbers.allSatisfy({ $0 >= 1 }) else {
      throw .invalidRequest("part numbers: must be 1 to \(PartPlan.maximumNumbers) of them, each at least 1")
    }
    guard numbers.allSatisfy({ $0 <= open.plan.count }) else { throw .tooLarge(limit: record.claimedSize) }
    let seconds = min(policy.urlSeconds, Int(open.expiresAt.timeIntervalSince(now)))
    guard seconds >= 1 else { throw .uploadClosed(detail: "Its time is over.") }
    return try StorageError.reaching("signature") { () throws(StoreError) in
      let headers = policy.partGuards.map { (name: $0.header.rawValue, value: $0.value) }
      var urls: [Int: String] = [:]
      // Each URL has the rest of its session at most, and the response states one lifetime for all.
      var shortest = seconds
      for number in numbers {
        let signed = try bucket.signer.presignPart(
          number,
          of: open.id,
          to: open.key,
          in: bucket.name,
          headers: headers,
          expires: seconds,
          at: now
        )
        urls[number] = signed.url
        shortest = min(shortest, signed.seconds)
      }
      return CompanionParts(urls: urls, headers: headers, seconds: shortest)
    }
  }

  /// Returns the parts in the bucket, ordered by number.
  public func parts(of upload: CompanionUpload, for user: UserID) throws(StorageError) -> [TaggedPart] {
    let open = try multiparts.open(try record(upload, of: user))
    guard let listed = try multiparts.listed(open) else {
      throw .uploadClosed(detail: "The store has no such upload any more.")
    }
    return MultipartUploads.latest(of: listed) { _ in false }.map(TaggedPart.init)
  }

  /// Assembles the file from exactly the parts in `named`; returns the same result if the file is already complete.
  ///
  /// Throws `partsMissing` if `named` and the parts in the bucket differ. Throws `tooLarge` and aborts the upload if
  /// the parts together are longer than the reserved size.
  public func complete(
    _ named: [TaggedPart],
    of upload: CompanionUpload,
    for user: UserID,
    at now: Date
  ) throws(StorageError) -> CompanionObject {
    let record = try record(upload, of: user)
    var sum: Int64?
    do throws(StorageError) {
      _ = try multiparts.complete(record, at: now) { (listed, _) throws(StorageError) in
        let chosen = try Self.choose(named, from: listed)
        let size = chosen.reduce(0) { $0 + $1.size }
        guard size <= record.claimedSize else { throw .tooLarge(limit: record.claimedSize) }
        sum = size
        return chosen.map(\.part)
      }
    } catch {
      if error == .tooLarge(limit: record.claimedSize) { try presigner.abort(record.id, for: user, at: now) }
      throw error
    }
    if let sum { _ = try database.measure(record.id, size: sum) }
    return CompanionObject(
      fileId: record.id.description,
      key: record.rawKey,
      bucket: bucket.name,
      location: bucket.signer.publicURL(of: record.rawKey, in: bucket.name)
    )
  }

  /// Returns the parts of `listed` that `named` selects.
  ///
  /// Throws `partsMissing` unless the numbers run from 1 without a gap, the bucket has no other parts, and every part
  /// except the last has the minimum length of S3 (`PartPlan.minimumPartSize`).
  static func choose(_ named: [TaggedPart], from listed: [PartSummary]) throws(StorageError) -> [PartSummary] {
    func bare(_ etag: String) -> String { etag.replacing("\"", with: "") }
    let tags = Dictionary(named.map { ($0.number, $0.etag.map(bare)) }, uniquingKeysWith: { first, _ in first })
    func isNamed(_ part: PartSummary) -> Bool {
      guard let tag = tags[part.part.number] else { return false }
      return tag == nil || tag == bare(part.part.etag.description)
    }
    let latest = MultipartUploads.latest(of: listed, right: isNamed)
    let count = max(latest.last?.part.number ?? 0, named.map(\.number).max() ?? 0, 1)
    let stored = Dictionary(latest.map { ($0.part.number, $0) }, uniquingKeysWith: { first, _ in first })
    let wrong = (1...min(count, PartPlan.maximumCount)).filter { number in
      guard let part = stored[number], isNamed(part) else { return true }
      return number < count && part.size < PartPlan.minimumPartSize
    }
    guard wrong.isEmpty, count <= PartPlan.maximumCount else {
      throw .partsMissing(numbers: Array(wrong.prefix(PartPlan.maximumNumbers)))
    }
    return latest
  }
}
