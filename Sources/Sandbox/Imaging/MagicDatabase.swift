internal import CMagic
internal import Core

/// libmagic with its database, as an independent check of a file's type.
final class MagicDatabase {
  /// The number of leading bytes that libmagic gets; every type that Stowage supports is recognisable within them.
  static let reach = 64 * 1024

  /// The checks that are off for every file: contents of compressed files and the details of programs and documents.
  private static let base =
    MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_APPTYPE | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_CDF
  /// The checks for images: file signatures only, no archives and texts.
  private static let signatures =
    base | MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_TEXT | MAGIC_NO_CHECK_CSV | MAGIC_NO_CHECK_TOKENS
    | MAGIC_NO_CHECK_ENCODING | MAGIC_NO_CHECK_JSON

  private let handle: magic_t

  /// Nil if libmagic or its database is missing.
  init?() {
    guard let handle = magic_open(Self.signatures) else { return nil }
    guard magic_load(handle, nil) == 0 else {
      magic_close(handle)
      return nil
    }
    self.handle = handle
  }

  deinit { magic_close(handle) }

  /// Returns the media type of the file with these bytes; nil if libmagic fails.
  ///
  /// `isPlain` is true for files of plain types, which can be texts and archives.
  func contentType(_ bytes: UnsafeRawBufferPointer, isPlain: Bool = false) -> String? {
    guard magic_setflags(handle, isPlain ? Self.base : Self.signatures) == 0 else { return nil }
    return magic_buffer(handle, bytes.baseAddress, min(bytes.count, Self.reach)).map { String(cString: $0) }
  }
}
