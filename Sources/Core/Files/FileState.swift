/// Where a file stands in its life; the transitions between are DESIGN's table and `Database`'s guarded statements.
public enum FileState: String, Sendable, CaseIterable {
  /// Its room is reserved and its URL signed; the bytes have not been seen.
  case pending
  /// The bytes are in the bucket; they are not yet judged.
  case received
  /// Validated, scanned, and servable.
  case ready
  /// Judged and refused: see `RejectionReason`.
  case rejected
  /// The bytes never came in time.
  case expired
  /// The client gave up.
  case aborted
  /// Taken away by its owner; restorable for a while.
  case deleted
  /// Its bytes are being removed.
  case purging
  /// Nothing but the row is left.
  case purged

  /// Whether an object under the file's key has no business there.
  public var refusesObjects: Bool {
    switch self {
    case .pending, .received, .ready: false
    case .rejected, .expired, .aborted, .deleted, .purging, .purged: true
    }
  }
}

/// Why a file was refused, in the words a client sees.
public enum RejectionReason: String, Sendable, CaseIterable {
  /// The object is not as long as the claim said.
  case sizeMismatch = "size_mismatch"
  /// The object's SHA-256 is not the claimed one.
  case checksumMismatch = "checksum_mismatch"
  /// The bytes are not of the claimed type, or of none that is accepted.
  case typeMismatch = "type_mismatch"
  /// The scanner named something.
  case malware
  /// More pixels, longer sides, a wilder aspect ratio or more frames than allowed.
  case dimensionsExceeded = "dimensions_exceeded"
  /// A document that brings macros along.
  case macros
  /// A document that opens with a password only, so that nobody can tell what is in it.
  case encrypted
  /// A document with scripts or programs in it, or that fetches some from elsewhere, where the policy refuses that.
  case activeContent = "active_content"
  /// A document that holds more entries or objects, or unpacks to more bytes, than allowed.
  case decompressionBomb = "decompression_bomb"
  /// The bytes are of the type but damaged, or break the decoder.
  case unreadable
}

/// What a document does besides being read, by what it takes to set it off.
public enum ActiveContent: String, Sendable, CaseIterable {
  /// Nothing.
  case none
  /// Something that somebody has to ask for: an attached file, a form that is sent away, a template on a file server.
  case passive
  /// A script, a program, a control, or something that is fetched and run when the document is opened.
  case active
}

/// What becomes of documents with active content.
public enum ActiveContentPolicy: String, Sendable, CaseIterable {
  /// They are rejected, but for what is passive, which is marked.
  case refuse
  /// They are accepted, and marked.
  case mark
}

/// Who may look at a file's images.
public enum Visibility: String, Sendable, CaseIterable, Codable {
  /// The owner.
  case `private`
  /// The owner, and users on a premium plan.
  case premium
  /// Everybody.
  case `public`

  /// The first component of the image URLs: `images`, `premium` or `private`.
  public var pathPrefix: String { self == .public ? "images" : rawValue }
}

/// What a user pays for, which decides their default quota and what lifecycle rules spare.
public enum Plan: String, Sendable, CaseIterable {
  /// The default.
  case standard
  /// Exempt from the lifecycle rules.
  case premium
}
