/// The change that the owner of a file requests: a new name, a new visibility, or both.
///
/// ```swift
/// let change = try FileChange(filename: "Invoice 7.pdf", visibility: nil)
/// try change.check(against: "Invoice.pdf", of: .checked(.pdf))
/// ```
public struct FileChange: Hashable, Sendable {
  /// The new name, or nil to keep the current name.
  public let filename: FileName?
  /// The new visibility, or nil to keep the current visibility.
  public let visibility: Visibility?

  /// Throws `invalidRequest` if both values are nil, or if one is not valid in an upload claim.
  public init(filename: String?, visibility: String?) throws(StorageError) {
    guard filename != nil || visibility != nil else {
      throw .invalidRequest("filename, visibility: one of them is needed")
    }
    self.filename = try filename.map { (text) throws(StorageError) in try FileName(text) }
    self.visibility = try visibility.map { (text) throws(StorageError) in try Visibility(claimed: text) }
  }

  /// Throws `invalidRequest` if the extension of the new name belongs to a type other than `type`.
  ///
  /// A new name does not change the type, and programs cannot open a file with the extension of another type. Two kinds
  /// of extension are permitted nevertheless: the extension of the current name, `filename`, and, except for plain
  /// types, extensions of no known type.
  public func check(against filename: String, of type: UploadType?) throws(StorageError) {
    guard let type, let name = self.filename?.description, let found = FileName.fileExtension(of: name),
      found != FileName.fileExtension(of: filename), let contradiction = type.contradiction(to: name)
    else { return }
    throw .invalidRequest("filename: \(contradiction)")
  }
}

extension FileState {
  /// True if the owner can change the name and visibility of a file in this state: `pending`, `received` or `ready`.
  public var isChangeable: Bool { [.pending, .received, .ready].contains(self) }
}
