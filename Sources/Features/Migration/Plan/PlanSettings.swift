public import Core
public import Foundation

/// The choices of a migration that its plan depends on.
public struct PlanSettings: Sendable {
  /// How the owner of a file follows from its path.
  public var owner: OwnerRule
  /// The abilities of the store.
  public var keys: KeyRules
  /// The length from which on a file is sent in parts, in bytes.
  public var multipartThreshold: Int64
  /// The length of the parts, in bytes.
  public var partSize: Int64
  /// The length of the largest file that the store takes, in bytes.
  public var maximumFileSize: Int64
  /// Returns true if the database knows the user; it is asked about once for each folder of a user.
  public var isKnownUser: @Sendable (UserID) throws -> Bool
  /// True if files with the recorded size and time are read and compared with the recorded digest.
  public var comparesContents = false
  /// Makes the identifier of a new file.
  public var makeFileID: @Sendable () -> FileID

  /// Creates the settings; the default limit of 5 TB is that of S3.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
  public init(
    owner: OwnerRule = .firstFolder,
    keys: KeyRules = KeyRules(),
    multipartThreshold: Int64 = 64 << 20,
    partSize: Int64 = 16 << 20,
    maximumFileSize: Int64 = 5 << 40,
    isKnownUser: @escaping @Sendable (UserID) throws -> Bool = { _ in true },
    makeFileID: @escaping @Sendable () -> FileID = { FileID(at: .now) }
  ) {
    self.owner = owner
    self.keys = keys
    self.multipartThreshold = multipartThreshold
    self.partSize = partSize
    self.maximumFileSize = maximumFileSize
    self.isKnownUser = isKnownUser
    self.makeFileID = makeFileID
  }
}
