internal import Core
internal import Signing

/// The users of folders, read from a CSV file with the columns `folder` and `user`.
///
/// A folder is a path below the root. If several folders of the table contain a file, the deepest one decides.
public struct OwnerTable: Sendable {
  /// The maximum length of the file, in bytes.
  public static let maximumBytes = 64 << 20
  /// The maximum number of folders.
  public static let maximumCount = 1_000_000

  /// The SHA-256 of the file, as hexadecimal digits.
  public let digest: String
  private let users: [[UInt8]: UserID]
  /// The largest number of components of a folder.
  private let depth: Int

  /// The explanation of a malformed table.
  public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line and the reason.
    public let description: String
  }

  /// The number of folders.
  public var count: Int { users.count }

  /// Throws for the first line that is malformed, names no valid user, or repeats a folder.
  ///
  /// The first line must be `folder,user`. Source of the format: https://www.rfc-editor.org/rfc/rfc4180
  public init(csv bytes: [UInt8]) throws(Malformed) {
    guard bytes.count <= Self.maximumBytes else {
      throw Malformed(description: "The table of users must have at most \(Wording.bytes(Int64(Self.maximumBytes))).")
    }
    digest = SHA256.hexadecimal(of: bytes)
    var rows = CommaSeparatedRows(bytes)
    var users: [[UInt8]: UserID] = [:]
    var depth = 0
    func refuse(_ why: String) -> Malformed { Malformed(description: "The table of users, line \(rows.line): \(why).") }
    func next() throws(Malformed) -> [[UInt8]]? {
      do { return try rows.next() } catch { throw refuse(error.description) }
    }
    guard let header = try next(), header == [Array("folder".utf8), Array("user".utf8)] else {
      throw refuse("the first line must be folder,user")
    }
    while let row = try next() {
      guard row.count == 2 else { throw refuse("must have two columns, the folder and the user") }
      let folder = row[0]
      let parts = folder.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      let isPlain = parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual([0x2E]) && !$0.elementsEqual([0x2E, 0x2E]) }
      guard isPlain else { throw refuse("the folder must be a path below the root, without a slash at its ends") }
      guard let text = String(validating: row[1], as: UTF8.self), let user = UserID(text) else {
        throw refuse("the user must be \(UserID.expected)")
      }
      guard users.updateValue(user, forKey: folder) == nil else { throw refuse("the folder occurs before") }
      guard users.count <= Self.maximumCount else {
        throw refuse("the table must have at most \(Wording.grouped(Self.maximumCount)) folders")
      }
      depth = max(depth, parts.count)
    }
    self.users = users
    self.depth = depth
  }

  func owner(of path: [UInt8]) -> OwnerRule.Outcome {
    var found: OwnerRule.Outcome?
    var first: Int?
    var index = path.startIndex
    for _ in 0..<depth {
      guard let slash = path[index...].firstIndex(of: UInt8(ascii: "/")) else { break }
      first = first ?? slash
      if let user = users[Array(path[..<slash])] { found = .user(user, below: Array(path[(slash + 1)...])) }
      index = slash + 1
    }
    guard let first = first ?? path.firstIndex(of: UInt8(ascii: "/")) else { return .noFolder }
    return found ?? .noUser(folder: Array(path[..<first]))
  }
}

/// The rows of a strict CSV file: fields with quotes, commas or line breaks stand in quotes, and quotes are doubled.
struct CommaSeparatedRows {
  /// The explanation of a malformed row.
  struct Malformed: Error, CustomStringConvertible { let description: String }

  private static let maximumFieldBytes = 65_536
  private let bytes: [UInt8]
  private var index = 0
  private var nextLine = 1
  /// The number of the line on which the last row begins.
  private(set) var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
  }

  /// Returns the fields of the next row; nil at the end of the file.
  mutating func next() throws(Malformed) -> [[UInt8]]? {
    line = nextLine
    guard index < bytes.count else { return nil }
    var fields: [[UInt8]] = []
    while true {
      try fields.append(field())
      guard fields.count <= 16 else { throw Malformed(description: "has too many columns") }
      guard index < bytes.count else { return fields }
      let end = bytes[index]
      index += 1
      if end == UInt8(ascii: ",") { continue }
      if end == UInt8(ascii: "\r") {
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\n") else {
          throw Malformed(description: "has a carriage return without a line feed")
        }
        index += 1
      }
      nextLine += 1
      return fields
    }
  }

  /// Reads a field up to the comma or line break behind it.
  private mutating func field() throws(Malformed) -> [UInt8] {
    var field: [UInt8] = []
    let isQuoted = index < bytes.count && bytes[index] == UInt8(ascii: "\"")
    if isQuoted { index += 1 }
    while index < bytes.count {
      let byte = bytes[index]
      if isQuoted, byte == UInt8(ascii: "\"") {
        index += 1
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
          guard index == bytes.count || ",\r\n".utf8.contains(bytes[index]) else {
            throw Malformed(description: "has text behind a closing quote")
          }
          return field
        }
      } else if !isQuoted {
        if ",\r\n".utf8.contains(byte) { return field }
        guard byte != UInt8(ascii: "\"") else { throw Malformed(description: "has a quote inside a field") }
      }
      guard byte != 0, field.count < Self.maximumFieldBytes else {
        throw Malformed(description: "has a zero byte, or a field of more than 65,536 bytes")
      }
      if byte == UInt8(ascii: "\n") { nextLine += 1 }
      field.append(byte)
      index += 1
    }
    guard !isQuoted else { throw Malformed(description: "has a quote that never closes") }
    return field
  }
}
