public import Core
internal import Foundation

/// The abilities of a store that decide which keys it can carry.
public struct KeyRules: Hashable, Sendable {
  /// True if lists arrive percent-encoded (`encoding-type=url`), so that they can tell every character.
  public var listsAreEncoded: Bool
  /// True if the store makes one object of keys that differ only in Unicode normalisation, as R2 does.
  public var normalises: Bool
  /// True if the store keeps its objects as files in folders, as SeaweedFS does.
  ///
  /// SeaweedFS 4.48 makes a folder of each `\` in a key, and keeps the versions of a key in a folder whose name is that of
  /// the key and `.versions`. A PUT for a name of more than 246 bytes, with which that folder's name has more than 255, is
  /// answered with 500.
  public var hasFolders: Bool

  /// Creates the rules; the defaults suit S3.
  public init(listsAreEncoded: Bool = true, normalises: Bool = false, hasFolders: Bool = false) {
    self.listsAreEncoded = listsAreEncoded
    self.normalises = normalises
    self.hasFolders = hasFolders
  }

  /// The rules of a kind of store.
  ///
  /// SeaweedFS's lists of versions replace control characters by U+FFFD, whatever encoding the request asks for.
  public init(for kind: StoreSettings.Kind) {
    self.init(listsAreEncoded: kind != .seaweedfs, normalises: kind == .r2, hasFolders: kind == .seaweedfs)
  }

  /// The end of the name of the folder with an object's versions.
  private static let versions = Array(".versions".utf8)

  /// True if the store can keep an object at the path with these components.
  fileprivate func canStore(_ parts: [ArraySlice<UInt8>]) -> Bool {
    guard hasFolders else { return true }
    return parts.allSatisfy { part in
      !part.contains(UInt8(ascii: "\\")) && !part.suffix(Self.versions.count).elementsEqual(Self.versions)
    } && (parts.last?.count ?? 0) + Self.versions.count <= 255
  }
}

/// The key of a migrated file: the path as it was, or the identifier of the file if no key can carry the path.
public struct MigrationKey: Hashable, Sendable {
  /// The reason why a key cannot carry a path.
  public enum Obstacle: String, Sendable, CaseIterable {
    /// The key would be longer than 1,024 bytes.
    case tooLong
    /// The path is not valid UTF-8.
    case notUnicode
    /// The path has an empty component, `.` or `..`, also between backslashes.
    case segments
    /// The store's lists cannot tell a character of the path.
    case untellable
    /// The key has the form of a key that Stowage makes for uploads.
    case reserved
    /// The store changes the normalisation of the key.
    case notNormalised
    /// The store cannot keep an object of this name.
    case unstorable
  }

  /// The maximum length of a key, in bytes. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
  public static let maximumBytes = 1024

  /// The key.
  public let text: String
  /// The reason for a key that does not carry the path; nil if the key does.
  public let obstacle: Obstacle?

  /// Returns `{userId}/{fileId}/original`.
  public static func opaque(_ user: UserID, _ file: FileID) -> String { "\(user.written)/\(file)/original" }

  /// The key of `file`, whose path below the user's folder is `path`.
  public init(user: UserID, file: FileID, path: [UInt8], rules: KeyRules) {
    let bytes = Array(user.written.utf8) + [UInt8(ascii: "/")] + path
    obstacle = Self.obstacle(bytes, below: path, rules)
    text = obstacle == nil ? String(decoding: bytes, as: UTF8.self) : Self.opaque(user, file)
  }

  private static func obstacle(_ bytes: [UInt8], below path: [UInt8], _ rules: KeyRules) -> Obstacle? {
    guard bytes.count <= maximumBytes else { return .tooLong }
    guard let text = String(validating: bytes, as: UTF8.self) else { return .notUnicode }
    let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty }) else { return .segments }
    // `checkObjectKey` counts a backslash as a separator, because some servers do.
    let segments = path.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    guard !segments.contains(where: { $0.elementsEqual([0x2E]) || $0.elementsEqual([0x2E, 0x2E]) }) else {
      return .segments
    }
    if isReserved(parts) { return .reserved }
    guard rules.canStore(parts) else { return .unstorable }
    let isSimple = bytes.allSatisfy { (0x20..<0x7F).contains($0) }
    if isSimple { return nil }
    if text.unicodeScalars.contains(where: { $0.value == 0 || !rules.listsAreEncoded && !isXML($0) }) {
      return .untellable
    }
    if rules.normalises, !text.precomposedStringWithCanonicalMapping.utf8.elementsEqual(bytes) { return .notNormalised }
    return nil
  }

  /// Returns true for `{fileId}/original`, `{fileId}/original.ext` and `{fileId}/kept.ext`.
  private static func isReserved(_ parts: [ArraySlice<UInt8>]) -> Bool {
    guard parts.count == 2, parts[0].count == 36, FileID(String(decoding: parts[0], as: UTF8.self)) != nil else {
      return false
    }
    let stem = parts[1].prefix { $0 != UInt8(ascii: ".") }
    return stem.elementsEqual("original".utf8) || stem.elementsEqual("kept".utf8)
  }

  /// Returns true for characters that a list in XML 1.0 can tell.
  ///
  /// A parser turns a carriage return into a line feed. Source: https://www.w3.org/TR/xml/#charsets, #sec-line-ends
  private static func isXML(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }
}

/// The comparison of paths without case and composition.
public enum FoldedPath {
  /// Returns a hash that is equal for paths that differ only in case or in the composition of accents.
  ///
  /// Paths that are not UTF-8 are compared by their bytes. Other paths share a hash once in 2^64 pairs.
  public static func hash(_ path: [UInt8]) -> Int64 {
    if path.allSatisfy({ $0 < 0x80 }) { return hash(of: path.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }) }
    guard let text = String(validating: path, as: UTF8.self) else { return hash(of: path) }
    return hash(of: Array(FileName.folded(text).utf8))
  }

  /// FNV-1a. Source: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv-17
  private static func hash(of bytes: [UInt8]) -> Int64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int64(bitPattern: hash)
  }
}
