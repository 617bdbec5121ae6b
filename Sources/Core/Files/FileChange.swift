/// What the owner of a file wants to be otherwise.
public struct FileChange: Hashable, Sendable {
  /// Another name; nil leaves it.
  public let filename: FileName?
  /// Another visibility; nil leaves it.
  public let visibility: Visibility?

  /// Throws `invalidRequest` where neither is there, or one is not as claims have it.
  public init(filename: String?, visibility: String?) throws(StorageError) {
    guard filename != nil || visibility != nil else {
      throw .invalidRequest("filename, visibility: one of them is needed")
    }
    self.filename = try filename.map { (text) throws(StorageError) in try FileName(text) }
    self.visibility = try visibility.map { (text) throws(StorageError) in try Visibility(claimed: text) }
  }

  /// Throws `invalidRequest` where the new name of a file of `type` ends as those of another type do.
  ///
  /// A renaming changes no type, and a program would not open the file. An ending that announces none of the types is as
  /// welcome as in a claim, and so is the one that `filename`, the name until now, has.
  public func check(against filename: String, of type: FileType?) throws(StorageError) {
    guard let type, let named = self.filename.flatMap({ FileType(filename: $0.description) }), named != type,
      named != FileType(filename: filename)
    else { return }
    throw .invalidRequest(
      "filename: .\(named.fileExtension) is another type's, and this file is \(type.contentType) (.\(type.fileExtension))"
    )
  }
}

extension FileState {
  /// Whether a file's name and visibility can be changed: while it is on its way, or there.
  public var isChangeable: Bool { [.pending, .received, .ready].contains(self) }
}
