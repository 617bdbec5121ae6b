public import Core
import Database
public import Foundation
import Storage
import Synchronization

/// Changes the tags of all files of users whose plan changed.
///
/// Any number of workers can do this at any time. A turn works on a limited number of files of the user who has waited
/// longest, so that a user with many files does not keep others waiting. After a worker was killed, the user is due again
/// at the end of the claim, and the calls that were under way are repeated.
public final class Retagging: Sendable {
  /// The result of a turn.
  public struct Turn: Hashable, Sendable {
    /// The user.
    public let user: UserID
    /// The number of objects whose tags changed.
    public var changed = 0
    /// True if the tags of all the user's files are as the rule says, or the store has no tags.
    public var isFinished = false
    /// The reason of the last failed call; nil if there was none.
    public var obstacle: String?
    /// True if the store did not answer or refused several calls in a row.
    public var isInTrouble = false
  }

  /// The position of the walk through the files of one user.
  private struct Walk {
    /// The plan when the walk began.
    let owner: FileRetention.Owner
    var last: FileID?
    var isAtEnd = false
    /// The number of files that can have no tag, because their object is gone.
    var untagged = 0
  }

  private let database: FileDatabase
  private let lanes: TagLanes
  private let seconds: Double
  private let walks = Mutex([UserID: Walk]())

  /// The maximum number of calls of a turn.
  static let batch = 100
  /// The delay until the next turn of a user with failed calls, in seconds.
  static let retrySeconds: TimeInterval = 30
  /// The number of users whose position is remembered; the walk of any other user begins again.
  private static let maximumWalks = 1000

  /// Makes up to `lanes` calls at a time, and up to `perSecond` in a second; nil for any number.
  public init(_ dependencies: ProcessorDependencies, lanes: Int = 4, perSecond: Int? = 50) {
    database = dependencies.database
    self.lanes = TagLanes(tagging: ObjectTagging(dependencies), pace: Pace(perSecond: perSecond), count: lanes)
    seconds = Double(dependencies.worker.leaseSeconds)
  }

  /// Changes the tags of some files of the next user who is due at `now`; nil if there is none.
  public func turn(
    at now: Date,
    while isWanted: @escaping @Sendable () -> Bool = { true }
  ) throws(StorageError) -> Turn? {
    guard let claim = try database.claimRetagging(seconds: seconds, at: now) else { return nil }
    // A call lasts at most as long as half of a lease: after the claim none is under way.
    let work = Work(claim, end: .now + .seconds(seconds / 4), isWanted)
    var walk = walk(of: claim)
    while work.isOpen, !walk.isAtEnd {
      let room = Self.batch - work.count
      let page = try database.retagPage(of: claim.user, after: walk.last, limit: room)
      work.turn.isInTrouble = try change(page.files, work)
      guard work.hasClaim else { break }
      walk.last = page.next
      walk.isAtEnd = page.next == nil
    }
    // Few objects that fail for themselves are no reason to pause the work on all others.
    if work.canRepeat {
      let isStalled = try change(claim.unsettled, work)
      work.turn.isInTrouble = isStalled && claim.unsettled.count >= Self.batch
    }
    if work.isNotOffered { walk.isAtEnd = true }
    walk.untagged += work.untagged
    try end(claim, work, walk, at: now)
    return work.turn
  }

  private func walk(of claim: RetagClaim) -> Walk {
    let known = walks.withLock { $0[claim.user] }
    return known.flatMap { $0.owner == claim.owner ? $0 : nil } ?? Walk(owner: claim.owner)
  }

  /// Finishes the user, or makes the user due again: behind all others, and later if calls failed.
  private func end(_ claim: RetagClaim, _ work: Work, _ walk: Walk, at now: Date) throws(StorageError) {
    // A walk with failed calls stays at its end: the calls are on the list.
    var next: Walk? = walk
    if walk.isAtEnd, work.unsettled.isEmpty {
      let left = walk.untagged > 0 ? try database.retagProgress(of: claim.user).left : Int.max
      work.turn.isFinished = try database.finishRetagging(
        claim,
        owner: walk.owner,
        storeHasTags: !work.isNotOffered && left > walk.untagged
      )
      next = nil
    }
    if !work.turn.isFinished {
      let delay = work.turn.obstacle == nil ? 0 : Self.retrySeconds
      try database.releaseRetagging(claim, dueAt: now + delay)
    }
    walks.withLock { walks in
      if next != nil, walks.count >= Self.maximumWalks, walks[claim.user] == nil { walks.removeAll() }
      walks[claim.user] = next
    }
  }

  /// Makes the calls that `files` need; calls that fail or are not made stay on the list of the claim.
  ///
  /// Returns true if the store failed several times in a row.
  private func change(_ files: [FileID], _ work: Work) throws(StorageError) -> Bool {
    guard !files.isEmpty else { return false }
    let earlier = work.unsettled.filter { !files.contains($0) }
    let claim = work.claim
    guard var calls = try database.beginTagging(files, holding: earlier + files, under: claim) else {
      work.hasClaim = false
      return false
    }
    work.unsettled = earlier
    var isStalled = false
    repeat {
      let outcomes = lanes.perform(calls, until: work.end, while: work.isWanted)
      var done: [TagCall] = []
      var failed: [FileID] = []
      var left: [FileID] = []
      var untagged: [FileID] = []
      for (call, outcome) in zip(calls, outcomes) {
        switch outcome {
        case .done: done.append(call)
        case .missing, .notOffered:
          untagged.append(call.file)
          if call.isTagged { work.untagged += 1 }
        case .refused(let detail), .unanswered(let detail):
          work.turn.obstacle = detail
          failed.append(call.file)
        case nil: left.append(call.file)
        }
      }
      // The calls that were not made come first in the next turn.
      work.unsettled = left + work.unsettled + failed
      isStalled = failed.count >= TagLanes.maximumFailures && (done.isEmpty || !left.isEmpty)
      work.count += calls.count
      work.turn.changed += done.count
      work.isNotOffered = done.isEmpty && outcomes.contains(.notOffered)
      calls = try database.endTagging(done, untagged: untagged, holding: work.unsettled, under: claim)
    } while !calls.isEmpty
    return isStalled
  }
}

/// The state of one turn.
private final class Work {
  let claim: RetagClaim
  let end: ContinuousClock.Instant
  let isWanted: @Sendable () -> Bool
  var turn: Retagging.Turn
  /// The files whose calls failed or were not made.
  var unsettled: [FileID]
  /// The number of calls, made or not.
  var count = 0
  var hasClaim = true
  var isNotOffered = false
  /// The number of files whose object can have no tag.
  var untagged = 0

  init(_ claim: RetagClaim, end: ContinuousClock.Instant, _ isWanted: @escaping @Sendable () -> Bool) {
    self.claim = claim
    self.end = end
    self.isWanted = isWanted
    turn = Retagging.Turn(user: claim.user)
    unsettled = claim.unsettled
  }

  /// True if the calls of earlier turns can be repeated in this turn.
  var canRepeat: Bool {
    hasClaim && !isNotOffered && !turn.isInTrouble && ContinuousClock.now < end && isWanted()
  }

  /// True if further files can be changed in this turn.
  var isOpen: Bool {
    canRepeat && count < Retagging.batch && unsettled.count < Retagging.batch
  }
}
