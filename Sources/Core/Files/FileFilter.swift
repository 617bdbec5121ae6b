/// Which of a user's files a listing shows.
public struct FileFilter: Hashable, Sendable {
  /// Where files stand that are listed unless somebody asks for others: what is there, or on its way, or was refused.
  public static let usualStates: Set<FileState> = [.pending, .received, .ready, .rejected]
  /// The most characters that a name can be searched by.
  public static let maximumNameLength = 100

  /// Where the files stand.
  public let states: Set<FileState>
  /// Their media type, or a range such as `image/*`; nil for any.
  public let type: String?
  /// What their folded names hold, folded; nil for any.
  public let name: String?
  /// Who may look at their images; nil for any.
  public let visibility: Visibility?

  /// Throws `invalidRequest` for what is none of the values that each can have; `states` are separated by commas.
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

  /// Whether files in these states may be left out.
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

  /// In lower case, as the API writes them.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc6838#section-4.2
  private static func isMediaRange(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, text.utf8.count <= 127 else { return false }
    return isName(parts[0]) && (parts[1] == "*" || isName(parts[1]))
  }

  private static func isName(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$&-^_.+".utf8.contains(byte)
        }
      }
  }
}

extension Visibility {
  /// The visibility that a client names; throws `invalidRequest` for any other word.
  public init(claimed text: String) throws(StorageError) {
    guard let visibility = Visibility(rawValue: text) else {
      throw .invalidRequest("visibility: must be private, premium or public")
    }
    self = visibility
  }
}
