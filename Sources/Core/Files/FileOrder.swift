/// The order of a user's file listing.
///
/// The raw values are those of the API: the member of the record that the list is sorted by, and a hyphen in front of it
/// for the opposite direction.
public enum FileOrder: String, CaseIterable, Hashable, Sendable {
  /// The newest file first; the order of a list whose client names none.
  case newest = "-createdAt"
  case oldest = "createdAt"
  /// By the case-folded name, code point by code point.
  case name = "filename"
  case nameDescending = "-filename"
  case smallest = "size"
  case largest = "-size"

  /// Parses the order that a client sent; nil is `newest`.
  ///
  /// Throws `invalidRequest` if it is unknown.
  public init(claimed text: String?) throws(StorageError) {
    guard let order = text.map(Self.init(rawValue:)) ?? .newest else {
      let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalidRequest("sort: must be one of \(known)")
    }
    self = order
  }
}
