public import Core
import Database
public import Foundation
import S3
import Storage

/// The presigned URL of a part, and the headers and length that the URL requires.
public struct PartTicket: Sendable {
  /// The part number, from 1.
  public let number: Int
  /// The URL that receives the part by PUT.
  public let url: String
  /// The headers to send in addition to `content-length`.
  ///
  /// Each header is signed.
  public let headers: [(name: String, value: String)]
  /// The length of the part, in bytes.
  ///
  /// The signature includes the length.
  public let size: Int64
  /// The time at which the URL expires.
  public let expiresAt: Date
}

/// A part in the bucket.
public struct StoredPart: Hashable, Sendable {
  /// The part number, from 1.
  public let number: Int
  /// The length of the part, in bytes.
  public let size: Int64
}

extension MultipartUploads {
  /// Returns presigned URLs for the parts `numbers` of the user's upload; each signature includes the part's length.
  ///
  /// The URLs expire after `urlSeconds`, as those for a single PUT do, and never later than the upload
  /// or the session of the store's credentials. Throws
  /// `notFound` for unknown files and for files of other users, `uploadClosed` if the upload has ended, and
  /// `invalidRequest` for part numbers outside the plan.
  public func sign(
    _ numbers: [Int],
    of file: FileID,
    for user: UserID,
    at now: Date
  ) throws(StorageError) -> [PartTicket] {
    let upload = try open(file, of: user)
    try check(numbers, upload.plan)
    let seconds = min(policy.urlSeconds, Int(upload.expiresAt.timeIntervalSince(now)))
    guard seconds >= 1 else { throw .uploadClosed(detail: "Its time is over.") }
    return try StorageError.reaching("signature") { () throws(StoreError) in
      let guards = policy.partGuards.map { (name: $0.header.rawValue, value: $0.value) }
      var parts: [PartTicket] = []
      for number in numbers {
        let size = upload.plan.size(of: number)
        let signed = try bucket.signer.presignPart(
          number,
          of: upload.id,
          to: upload.key,
          in: bucket.name,
          length: size,
          headers: guards,
          expires: seconds,
          at: now
        )
        let expiresAt = now.addingTimeInterval(TimeInterval(signed.seconds))
        parts.append(PartTicket(number: number, url: signed.url, headers: guards, size: size, expiresAt: expiresAt))
      }
      return parts
    }
  }

  /// Returns the parts of the user's upload that the bucket already has, ordered by number.
  ///
  /// Returns all parts if the store already assembled the object, but the database does not know yet. Throws the same
  /// errors as `sign`.
  public func parts(of file: FileID, for user: UserID) throws(StorageError) -> [StoredPart] {
    let upload = try open(file, of: user)
    if let stored = try stored(upload) {
      return stored.map { StoredPart(number: $0.part.number, size: $0.size) }
    }
    try confirmObject(upload)
    return (1...upload.plan.count).map { StoredPart(number: $0, size: upload.plan.size(of: $0)) }
  }

  private func check(_ numbers: [Int], _ plan: PartPlan) throws(StorageError) {
    guard (1...PartPlan.maximumNumbers).contains(numbers.count) else {
      throw .invalidRequest("numbers: must be 1 to \(PartPlan.maximumNumbers) of them")
    }
    guard numbers.allSatisfy((1...plan.count).contains) else {
      throw .invalidRequest("numbers: this upload has parts 1 to \(plan.count)")
    }
    guard Set(numbers).count == numbers.count else { throw .invalidRequest("numbers: each may occur only once") }
  }

  /// Returns every part in the store once, ordered by number; nil if the store has no such upload.
  func stored(_ upload: OpenUpload) throws(StorageError) -> [PartSummary]? {
    try listed(upload).map { Self.latest(of: $0, upload.plan) }
  }

  /// Returns the store's complete listing, in which a part number can occur several times.
  ///
  /// Returns nil if the store has no such upload.
  func listed(_ upload: OpenUpload) throws(StorageError) -> [PartSummary]? {
    var parts: [PartSummary] = []
    var trail = PageTrail()
    var goesOn = true
    repeat {
      do throws(StoreError) {
        let page = try bucket.store.listParts(
          of: upload.id,
          to: upload.key,
          in: bucket.name,
          after: trail.token,
          limit: 1000
        )
        parts += page.items
        goesOn = try trail.follow(page.next)
      } catch {
        guard case .notFound = error else { throw .unavailable(detail: "store: \(error)") }
        return nil
      }
    } while goesOn
    return parts
  }

  /// Returns the newest upload of each part number.
  ///
  /// SeaweedFS also lists parts that a later upload replaced.
  ///
  /// SeaweedFS reports times in whole seconds. Among parts of the same second, the part with the planned length wins.
  static func latest(of listed: [PartSummary], _ plan: PartPlan) -> [PartSummary] {
    latest(of: listed) { $0.size == plan.size(of: $0.part.number) }
  }

  /// Returns the newest upload of each part number; among parts of the same second, the part for which `isRight` is
  /// true.
  static func latest(of listed: [PartSummary], right isRight: (PartSummary) -> Bool) -> [PartSummary] {
    Dictionary(grouping: listed, by: \.part.number).values.compactMap { parts in
      let last = parts.map(\.lastModified).max()
      let candidates = parts.filter { $0.lastModified == last }
      return candidates.first(where: isRight) ?? candidates.first
    }
    .sorted { $0.part.number < $1.part.number }
  }
}
