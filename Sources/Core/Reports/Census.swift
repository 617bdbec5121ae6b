public import Foundation

/// The numbers of all users and files at one time, as the rows of the users say.
public struct Census: Hashable, Sendable {
  /// The files in one state.
  public struct Files: Hashable, Sendable {
    /// The state.
    public let state: FileState
    /// The number of files.
    public let count: Int64
    /// The bytes that the files hold of the quotas.
    public let heldBytes: Int64

    /// Creates the numbers of one state.
    public init(state: FileState, count: Int64, heldBytes: Int64) {
      self.state = state
      self.count = count
      self.heldBytes = heldBytes
    }
  }

  /// The number of users.
  public let users: Int64
  /// The files by state; states without files are missing.
  public let files: [Files]
  /// The time for which the count took, in seconds.
  public let seconds: TimeInterval

  /// Creates a census.
  public init(users: Int64, files: [Files], seconds: TimeInterval) {
    self.users = users
    self.files = files
    self.seconds = seconds
  }

  /// The time from one census to the next, in seconds: 1,000 times what the last one took, but a minute at least and a day at
  /// most.
  ///
  /// So counting takes at most a thousandth of one processor's time, unless a count takes more than 86 seconds.
  public var pause: TimeInterval { min(max(seconds * 1000, 60), 86_400) }
}
