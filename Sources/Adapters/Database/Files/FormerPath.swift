public import Core
internal import Signing

/// The path of a file before its migration: the owner, and the path below the owner's folder as bytes.
///
/// `/uploads/ann/a/b.jpg` has the former path `FormerPath(user: ann, path: Array("a/b.jpg".utf8))`. Any bytes are
/// permitted, also those that no key of an object can carry.
public struct FormerPath: Hashable, Sendable {
  /// The first 128 bits of the SHA-256 of `{userId}/{path}`, as hexadecimal digits.
  let hash: String

  /// Creates the path of a file below the folder of `user`.
  public init(user: UserID, path: [UInt8]) { self.init(Array(user.written.utf8) + [UInt8(ascii: "/")] + path) }

  init(rawKey: String) { self.init(Array(rawKey.utf8)) }

  private init(_ bytes: [UInt8]) { hash = String(SHA256.hexadecimal(of: bytes).prefix(32)) }
}

extension FileDatabase {
  /// Returns the file that stands for a path before the migration; nil if no migration has begun such a file.
  ///
  /// It is the newest ready content of the path. Without one, it is the file that says why: deleted by its owner,
  /// quarantined, or not checked yet. Only a ready file may be served.
  public func file(formerPath: FormerPath) throws(StorageError) -> FileRecord? {
    try read { connection in
      let row = try connection.first(MigratedStatement.byFormerPath, ["former": formerPath.hash])
      return try row.flatMap { try connection.file($0.value("id") { FileID($0) }) }
    }
  }
}
