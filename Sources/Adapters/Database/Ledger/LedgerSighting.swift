public import Core

/// A file that a walk met.
public struct LedgerSighting: Hashable, Sendable {
  /// The path below the tree's root, as bytes.
  public let path: [UInt8]
  /// The properties of the file.
  public let facts: LedgerFacts

  /// Creates a sighting.
  public init(path: [UInt8], facts: LedgerFacts) {
    self.path = path
    self.facts = facts
  }
}

/// The place of a new or changed file in Stowage.
public struct LedgerAssignment: Hashable, Sendable {
  /// The hash of the path without case and composition.
  public let folded: Int64
  /// The identifier, the owner and the keys; nil for a file that stays on the disk only.
  public let target: Target?
  /// The reason for skipping the file; nil if it has a target.
  public let reason: String?
  /// Findings about the file, which last as long as its row.
  public let findings: [LedgerFinding]

  /// The place of a file that will be sent.
  public struct Target: Hashable, Sendable {
    /// The new identifier of the file.
    public let file: FileID
    /// The owner of the file.
    public let user: UserID
    /// The preferred key.
    public let key: String
    /// The key for a file whose preferred key is taken, and for a changed file.
    public let opaqueKey: String
    /// The code of the finding for a file whose preferred key is taken.
    public let takenCode: String

    /// Creates a place.
    public init(file: FileID, user: UserID, key: String, opaqueKey: String, takenCode: String) {
      self.file = file
      self.user = user
      self.key = key
      self.opaqueKey = opaqueKey
      self.takenCode = takenCode
    }
  }

  /// Creates the assignment of a file; `reason` counts only without `target`.
  public init(folded: Int64, target: Target?, reason: String? = nil, findings: [LedgerFinding] = []) {
    self.folded = folded
    self.target = target
    self.reason = target == nil ? reason ?? "" : nil
    self.findings = findings
  }
}
