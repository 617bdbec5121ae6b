public import Foundation

/// The rule by which files of standard users are deleted by age; files of premium users never are.
///
/// The age of a file counts from the arrival of its bytes, as S3 counts the age of an object.
public struct RetentionRule: Hashable, Sendable {
  /// The tag of an object that a lifecycle rule of the store may delete by age.
  ///
  /// A lifecycle rule can only include objects by tag, so the objects of premium users have no such tag.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html
  public static let tag = (name: "retention", value: "standard")

  /// The age in days at which files of standard users are deleted; nil for never.
  ///
  /// The default is 365.
  public var days: Int?
  /// The minimum number of days from a change to the standard plan, or from a restore, to a deletion by age.
  ///
  /// The default is 30.
  public var noticeDays: Int

  /// Creates a rule with these numbers of days.
  public init(days: Int? = 365, noticeDays: Int = 30) {
    self.days = days
    self.noticeDays = noticeDays
  }

  /// Returns the time from which the file may be deleted by age; nil if it never is.
  ///
  /// `arrival` replaces the recorded arrival of the bytes, for example by the time that the store has.
  public func deletion(of file: FileRetention, arrival: Date? = nil) -> Date? {
    guard let days, file.owner.plan == .standard else { return nil }
    let age = (arrival ?? file.arrival) + Self.seconds(days)
    let notice = file.owner.standardSince.map { $0 + Self.seconds(noticeDays) }
    return [age, notice, file.keepUntil].compactMap { $0 }.max()
  }

  /// True if the object of the file is to have the tag, so that a lifecycle rule may delete it.
  ///
  /// S3 knows neither the notice of a changed plan nor a restore. So a file that was there before the change, or was
  /// restored, has no tag, and only `stowage cleanup` deletes it.
  public func isTagged(_ file: FileRetention) -> Bool {
    guard days != nil, file.owner.plan == .standard, file.keepUntil == nil else { return false }
    return file.owner.standardSince.map { file.arrival >= $0 } ?? true
  }

  /// Returns the time until which a file restored at `now` is not deleted by age.
  public func keepUntil(restoredAt now: Date) -> Date { now + Self.seconds(noticeDays) }

  private static func seconds(_ days: Int) -> TimeInterval { TimeInterval(days) * 86_400 }
}

/// The properties of a file and its owner that decide about a deletion by age.
public struct FileRetention: Hashable, Sendable {
  /// The plan of the owner, and its last change.
  public struct Owner: Hashable, Sendable {
    /// The plan of the owner.
    public var plan: Plan
    /// The time of the change from premium to standard; nil if the owner always was standard, or is premium.
    public var standardSince: Date?

    /// Creates the standing of an owner.
    public init(plan: Plan, standardSince: Date? = nil) {
      self.plan = plan
      self.standardSince = standardSince
    }
  }

  /// The owner of the file.
  public var owner: Owner
  /// The time at which the bytes were first seen in the bucket.
  public var arrival: Date
  /// The time before which the file is not deleted by age, set by a restore; nil for none.
  public var keepUntil: Date?

  /// Creates the properties of a file.
  public init(owner: Owner, arrival: Date, keepUntil: Date? = nil) {
    self.owner = owner
    self.arrival = arrival
    self.keepUntil = keepUntil
  }
}
