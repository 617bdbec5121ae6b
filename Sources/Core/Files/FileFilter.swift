/// The filter of a file listing: selects some of a user's files.
///
/// ```swift
/// let filter = try FileFilter(states: "ready,rejected", type: "image/*", name: "invoice")
/// let usual = try FileFilter()  // every file in one of `usualStates`
/// ```
public struct FileFilter: Hashable, Sendable {
  /// The states that a listing shows by default: files that are ready, being uploaded or processed, or rejected.
  public static let usualStates: Set<FileState> = [.pending, .received, .ready, .rejected]
  /// The maximum length of the search text for names, in Unicode scalars.
  public static let maximumNameLength = 100

  /// The states of the selected files.
  public let states: Set<FileState>
  /// The media type of the selected files, such as `image/png`, or a range such as `image/*`; nil for any type.
  public let type: String?
  /// The text that a name must contain, case-folded by `FileName.folded`; nil for any name.
  public let name: String?
  /// The visibility of the selected files; nil for any visibility.
  public let visibility: Visibility?

  /// Throws `invalidRequest` if a value is malformed or unknown; `states` is a comma-separated list.
  public init(
    states: String? = nil,
    type: String? = nil,
    name: String? = nil,
    visibility: String? = nil
  ) throws(StorageError) {
    self.states = try states.map { (text) throws(StorageError) in try Self.states(text) } ?? Self.usualStates
    if let type, !Self.isMediaRange(type) {
      throw .invalidRequest("type: must be a media type such as application/pdf, or a range such as image/*")
    }
    self.type = type
    if let name, !(1...Self.maximumNameLength).contains(name.unicodeScalars.count) || name.utf8.contains(0) {
      throw .invalidRequest("name: must be 1 to \(Self.maximumNameLength) characters")
    }
    self.name = name.map(FileName.folded)
    self.visibility = try visibility.map { (text) throws(StorageError) in
      try Visibility(claimed: text)
    }
  }

  /// True if the filter can exclude files by anything other than their state.
  public var isSelective: Bool { type != nil || name != nil || visibility != nil }

  private static func states(_ text: String) throws(StorageError) -> Set<FileState> {
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    let states = Set(words.compactMap { FileState(rawValue: String($0)) })
    guard states.count == words.count else {
      let known = FileState.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalidRequest("state: must be one or more of \(known), each once, separated by commas")
    }
    return states
  }

  /// Returns true if `text` is a media type or a range in lower case, the form that the API uses.
  private static func isMediaRange(_ text: String) -> Bool {
    MediaType.isValid(text) || text.hasSuffix("/*") && MediaType.isName(text.dropLast(2))
  }
}

extension Visibility {
  /// Parses a visibility that a client sent; throws `invalidRequest` if it is unknown.
  public init(claimed text: String) throws(StorageError) {
    guard let visibility = Visibility(rawValue: text) else {
      throw .invalidRequest("visibility: must be private, premium or public")
    }
    self = visibility
  }
}
