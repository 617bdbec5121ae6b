public import Core
import Database
public import Foundation
import S3
import Storage

/// A part, and what a client needs to put it.
public struct PartTicket: Sendable {
  /// Its place, from 1.
  public let number: Int
  /// Where to PUT its bytes.
  public let url: String
  /// What to send with them beside `content-length`, each signed.
  public let headers: [(name: String, value: String)]
  /// Its length, which is signed, in bytes.
  public let size: Int64
}

/// A part that the bucket has.
public struct StoredPart: Hashable, Sendable {
  /// Its place, from 1.
  public let number: Int
  /// Its length, in bytes.
  public let size: Int64
}

extension MultipartUploads {
  /// URLs for the parts `numbers` of the user's upload, each for the length that its part must have.
  ///
  /// They live as long as a single PUT's, and never longer than the upload. Throws `notFound` for unknown and foreign
  /// files, `uploadClosed` where the upload is over, `invalidRequest` for numbers that it does not have.
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
        parts.append(PartTicket(number: number, url: signed.url, headers: guards, size: size))
      }
      return parts
    }
  }

  /// The parts that the bucket has of the user's upload, by number: what need not be put again.
  ///
  /// All of them where the object is made already and nobody was told. Throws as `sign` does.
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
    guard Set(numbers).count == numbers.count else { throw .invalidRequest("numbers: each may stand there once") }
  }

  /// All parts that the store has, each once and by number, or nil where it has no such upload.
  func stored(_ upload: OpenUpload) throws(StorageError) -> [PartSummary]? {
    try listed(upload).map { Self.latest(of: $0, upload.plan) }
  }

  /// The store's whole listing, where a part may stand several times; nil where it has no such upload.
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

  /// Of each number the part that was put last: SeaweedFS goes on listing those that were put over.
  ///
  /// Its times are whole seconds, so of the same second it is the one that has the right length.
  static func latest(of listed: [PartSummary], _ plan: PartPlan) -> [PartSummary] {
    latest(of: listed) { $0.size == plan.size(of: $0.part.number) }
  }

  /// As above, where of the same second it is the one that is `right`.
  static func latest(of listed: [PartSummary], right isRight: (PartSummary) -> Bool) -> [PartSummary] {
    Dictionary(grouping: listed, by: \.part.number).values.compactMap { parts in
      let last = parts.map(\.lastModified).max()
      let candidates = parts.filter { $0.lastModified == last }
      return candidates.first(where: isRight) ?? candidates.first
    }
    .sorted { $0.part.number < $1.part.number }
  }
}
