/// The state of a file; docs/architecture.md has the transitions between states.
public enum FileState: String, Sendable, CaseIterable {
  /// The quota is reserved and the upload URL is signed; Stowage has not seen the bytes yet.
  case pending
  /// The bytes are in the raw bucket; they are not yet validated or scanned.
  case received
  /// The file passed validation and the malware scan, and clients can download it.
  case ready
  /// The file failed validation or the malware scan; `RejectionReason` is the reason.
  case rejected
  /// A migrated file that failed validation or the malware scan: its bytes are kept and never served, until an
  /// administrator releases or deletes the file.
  case quarantined
  /// The upload time ended before the bytes arrived.
  case expired
  /// The client cancelled the upload.
  case aborted
  /// The owner deleted the file, and can restore it within `Retention.days` days if it was ever ready or quarantined.
  case deleted
  /// The worker is deleting the bytes.
  case purging
  /// The bytes are deleted; the database row remains.
  case purged

  /// True if the worker deletes an object that arrives under the key of a file in this state.
  public var refusesObjects: Bool {
    switch self {
    case .pending, .received, .ready, .quarantined: false
    case .rejected, .expired, .aborted, .deleted, .purging, .purged: true
    }
  }
}

/// The reason why a file was rejected or quarantined; the raw values are part of the API.
public enum RejectionReason: String, Sendable, CaseIterable {
  /// The object does not have the claimed length.
  case sizeMismatch = "size_mismatch"
  /// The object does not have the claimed SHA-256.
  case checksumMismatch = "checksum_mismatch"
  /// The content is not of the claimed type, or its type is not accepted.
  case typeMismatch = "type_mismatch"
  /// The scanner found malware.
  case malware
  /// The image has more pixels, longer sides, a more extreme aspect ratio or more frames than `DecoderLimits` allows.
  case dimensionsExceeded = "dimensions_exceeded"
  /// The document contains macros.
  case macros
  /// The document needs a password to open, so its content cannot be checked.
  case encrypted
  /// The document contains or fetches scripts or programs, and the policy is `ActiveContentPolicy.refuse`.
  case activeContent = "active_content"
  /// The document has more entries or objects, or a larger uncompressed size, than allowed.
  case decompressionBomb = "decompression_bomb"
  /// The archive is complete, but programs read it differently.
  ///
  /// Examples are names with backslashes, two entries with one name, headers that contradict each other, another
  /// compression than deflate, and an OpenDocument file whose `mimetype` is compressed or not the first entry.
  case malformedArchive = "malformed_archive"
  /// The file has the claimed type, but is damaged or makes the decoder fail.
  case unreadable
  /// The file is larger than the scanner takes, so nobody knows if it contains malware; only migrated files have this
  /// reason.
  case notScannable = "not_scannable"
}

/// The kind of scripts, programs or external content in a document, by the action that triggers it.
public enum ActiveContent: String, Sendable, CaseIterable {
  /// The document contains no such content.
  case none
  /// A user action triggers the content: an attached file, a form that is submitted, a template on a file server.
  case passive
  /// Opening the document triggers the content: a script, a program, a control, or a download that runs.
  case active
}

/// The treatment of documents with scripts, programs or external content.
public enum ActiveContentPolicy: String, Sendable, CaseIterable {
  /// Documents with `active` content are rejected; documents with `passive` content are accepted and marked.
  case refuse
  /// Documents are accepted and marked, whether their content is `active` or `passive`.
  case mark
}

/// The group of users who may view the images of a file.
public enum Visibility: String, Sendable, CaseIterable, Codable {
  /// Only the owner may view the images.
  case `private`
  /// The owner and users on the premium plan may view the images.
  case premium
  /// Everybody may view the images.
  case `public`

  /// The first component of the image URLs: `images`, `premium` or `private`.
  public var pathPrefix: String { self == .public ? "images" : rawValue }
}

/// The plan that a user pays for.
///
/// The plan decides whether the user may view premium images, and whether lifecycle rules apply to the user's files.
public enum Plan: String, Sendable, CaseIterable {
  /// The default plan.
  case standard
  /// The plan with access to premium images; files of its users are exempt from the lifecycle rules.
  case premium
}
