public import Core
internal import Glibc
internal import Signing

/// A file of the old folder that nginx may send, and the response headers for a browser.
public struct DiskFile: Hashable, Sendable {
  /// The absolute path of the folder, without symbolic links.
  public let folder: String
  /// The path below the folder, percent-encoded, with a slash at the start.
  public let target: String
  /// The media type: of an image by its first bytes, of another file by its name.
  public let contentType: String
  /// The `Content-Disposition` header: inline for the images that every browser shows, otherwise attachment.
  public let disposition: ContentDisposition

  /// The longest name of a file or folder in bytes. Source: linux/limits.h (NAME_MAX)
  private static let longestName = 255

  /// Opens the regular file at `path` below `folder`, never through a symbolic link, and reads its first bytes.
  ///
  /// Throws `notFound` if there is no such file, and `unavailable` if the system cannot read the folder or the file.
  init(_ path: [UInt8], in folder: String) throws(StorageError) {
    let names = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard names.allSatisfy({ $0.count <= Self.longestName }) else { throw .notFound }
    let head: [UInt8]
    let root: TreeRoot
    do throws(TreeError) {
      root = try TreeRoot(folder)
      let file = try TreeReader(root).open(path)
      head = try file.firstBytes(FileType.signatureLength)
    } catch {
      switch error {
      case .vanished, .notRegular: throw .notFound
      case .noFolder, .notFolder, .inUse, .unreadable: throw .unavailable(detail: "STOWAGE_OLD_URLS_FOLDER: \(error)")
      }
    }
    self.folder = String(decoding: root.path, as: UTF8.self)
    target = "/" + percentEncodePath(path)
    let name = MigratedName(path: path)
    if let type = FileType(leadingBytes: head), OldURLSettings.inlineTypes.contains(type) {
      contentType = type.contentType
      disposition = ContentDisposition(.inline, named: UploadType.checked(type).savedName(name.name.description))
    } else {
      let isHarmless = (try? PlainType(setting: name.contentType)) != nil
      contentType = isHarmless ? name.contentType : "application/octet-stream"
      disposition = ContentDisposition(named: name.name.description)
    }
  }
}

extension TreeFile {
  /// Returns the bytes at the start of the file, at most `count`.
  fileprivate func firstBytes(_ count: Int) throws(TreeError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let result = bytes.withUnsafeMutableBytes { buffer in
      Result { () throws(TreeError) in try read(into: buffer) }
    }
    return Array(bytes.prefix(try result.get()))
  }
}
