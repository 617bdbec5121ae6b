public import Foundation

/// What a link to a file is made with.
public struct LinkTerms: Hashable, Sendable {
  /// How long a link may live, in seconds: a minute to 30 days.
  public static let lifetimes = 60...(30 * 86_400)
  /// How long one lives where nobody says: 7 days.
  public static let usualSeconds = 7 * 86_400
  /// The most live links that a file may have.
  public static let maximumCount = 100

  /// How long it lives, in seconds.
  public let seconds: Int
  /// What a browser does with the bytes.
  public let disposition: ContentDisposition.Kind

  /// Throws `invalidRequest` for what is out of bounds; seven days and an attachment unless given.
  public init(seconds: Int?, disposition: String?) throws(StorageError) {
    self.seconds = seconds ?? Self.usualSeconds
    guard Self.lifetimes.contains(self.seconds) else {
      let bounds = "\(Self.lifetimes.lowerBound) to \(Self.lifetimes.upperBound)"
      throw .invalidRequest("expiresInSeconds: must be \(bounds)")
    }
    self.disposition = try ContentDisposition.Kind(wanted: disposition)
  }
}

extension ContentDisposition.Kind {
  /// The one that a client names, an attachment where it names none; throws `invalidRequest` for any other word.
  public init(wanted text: String?) throws(StorageError) {
    guard let kind = ContentDisposition.Kind(rawValue: text ?? "attachment") else {
      throw .invalidRequest("disposition: must be attachment or inline")
    }
    self = kind
  }

  /// Throws `invalidRequest` where files of `type` are not to be opened in a browser, but shall be.
  public func check(for type: FileType?) throws(StorageError) {
    guard self == .attachment || type?.isShownByBrowsers == true else {
      throw .invalidRequest("disposition: only images and PDF are shown inline")
    }
  }
}

extension FileType {
  fileprivate var isShownByBrowsers: Bool { isImage || self == .pdf }
}

/// A link's identifier, by which its owner knows it; it opens nothing.
public struct LinkID: Hashable, Sendable, CustomStringConvertible {
  /// A UUID as `FileID` has them.
  public let description: String

  /// A new one.
  public init(at now: Date) { description = FileID(at: now).description }

  /// Nil where `text` is no such identifier.
  public init?(_ text: String) {
    guard let id = FileID(text) else { return nil }
    description = id.description
  }
}

/// What opens a link, and stands in its URL alone: 256 random bits as 64 lowercase hexadecimal digits.
public struct LinkSecret: Hashable, Sendable {
  /// The digits.
  public let revealed: String

  /// A new one.
  public init() {
    var random = SystemRandomNumberGenerator()
    let bits = (0..<4).map { _ in random.next() }
    revealed = bits.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// Nil where `text` cannot be one.
  public init?(_ text: String) {
    guard text == text.lowercased(), SHA256Digest(hexadecimal: text) != nil else { return nil }
    revealed = text
  }
}

extension LinkSecret: CustomStringConvertible, CustomReflectable {
  /// Always the same word: no log shows what opens a link.
  public var description: String { "(secret)" }
  /// Shows nothing to `dump`.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
