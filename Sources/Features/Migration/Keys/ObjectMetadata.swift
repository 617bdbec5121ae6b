public import Core
public import Database
internal import Foundation
internal import Signing

/// The name and the type of a migrated file.
public struct MigratedName: Hashable, Sendable {
  /// The name for the record and for downloads.
  public let name: FileName
  /// True if the name on the disk was not valid, and `name` differs from it.
  public let isReplaced: Bool
  /// The media type by the extension; `application/octet-stream` if the extension is unknown.
  public let contentType: String

  /// The name of the file at `path`.
  ///
  /// Bytes that are not UTF-8 become U+FFFD. Control characters, controls of the text direction and `\` become `_`. A
  /// name of more than 255 bytes is cut in front of its extension, behind a whole character.
  public init(path: [UInt8]) {
    let bytes = path.suffix(from: path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)
    let text = String(decoding: bytes, as: UTF8.self)
    if let name = try? FileName(text) {
      self.name = name
      isReplaced = !name.description.utf8.elementsEqual(bytes)
    } else {
      let plain = String(String.UnicodeScalarView(text.unicodeScalars.map { Self.isAllowed($0) ? $0 : "_" }))
      name = (try? FileName(Self.cut(plain))) ?? Self.fallback
      isReplaced = true
    }
    let known = FileName.fileExtension(of: name.description).flatMap { UploadType(fileExtension: $0) }
    contentType = known?.contentType ?? "application/octet-stream"
  }

  private static let fallback: FileName = {
    do { return try FileName("file") } catch { preconditionFailure("file is a name") }
  }()

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII
      ? (0x20..<0x7F).contains(scalar.value) && scalar != "\\" && scalar != "/"
      : (try? FileName("a\(scalar)b")) != nil
  }

  private static func cut(_ text: String) -> String {
    guard text.utf8.count > FileName.maximumBytes else { return text }
    let ending = FileName.fileExtension(of: text).map { "." + text.suffix($0.count) } ?? ""
    var kept = ""
    var count = ending.utf8.count
    for character in text.dropLast(ending.count) {
      count += character.utf8.count
      guard count <= FileName.maximumBytes else { break }
      kept.append(character)
    }
    return kept + ending
  }
}

/// The metadata of a migrated object: names without `x-amz-meta-`, in ASCII.
///
/// The path is stored if the key does not carry it: percent-encoded as `path`, or as SHA-256 in `path-sha256` if the
/// metadata would be too long. The ledger keeps the path in every case.
public enum ObjectMetadata {
  /// The maximum sum of the lengths of all names and values, in bytes.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
  public static let maximumBytes = 2048
  /// Room for fields that the sender or the store adds.
  private static let reserve = 256

  /// Returns the metadata of the file at `path` with `facts`; `isKeyOpaque` tells that the key does not carry the path.
  public static func fields(
    path: [UInt8],
    facts: LedgerFacts,
    user: UserID,
    name: FileName,
    isKeyOpaque: Bool
  ) -> [String: String] {
    var fields = [
      "uploader-id": user.written,
      "uploaded-at": timestamp(facts.mtime),
      "mtime": String(facts.mtime),
      "mode": String(facts.mode, radix: 8),
      "uid": String(facts.uid),
      "gid": String(facts.gid),
    ]
    fields["original-filename"] = percentEncodeQuery(name.description)
    guard isKeyOpaque else { return fields }
    let used = fields.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    let encoded = percentEncodePath(path)
    if used + "path".utf8.count + encoded.utf8.count <= maximumBytes - reserve {
      fields["path"] = encoded
    } else {
      fields["path-sha256"] = SHA256.hexadecimal(of: path)
    }
    return fields
  }

  private static func timestamp(_ nanoseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000_000)).ISO8601Format()
  }
}
