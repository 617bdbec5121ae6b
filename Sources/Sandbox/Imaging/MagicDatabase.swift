internal import CMagic
internal import Core

/// libmagic with its database, as an independent check of a file's type.
final class MagicDatabase {
  /// The number of leading bytes that libmagic gets; every type that Stowage supports is recognisable within them.
  static let reach = 64 * 1024

  private let handle: magic_t

  /// Nil if libmagic or its database is missing.
  init?() {
    // Only file signatures are checked; the checks of archives, documents, texts and programs are off.
    let flags =
      MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_APPTYPE | MAGIC_NO_CHECK_ELF
      | MAGIC_NO_CHECK_TEXT | MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_CSV | MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_ENCODING
      | MAGIC_NO_CHECK_JSON
    guard let handle = magic_open(flags) else { return nil }
    guard magic_load(handle, nil) == 0 else {
      magic_close(handle)
      return nil
    }
    self.handle = handle
  }

  deinit { magic_close(handle) }

  /// Returns the media type of the file with these bytes; nil if libmagic fails.
  func contentType(_ bytes: UnsafeRawBufferPointer) -> String? {
    magic_buffer(handle, bytes.baseAddress, min(bytes.count, Self.reach)).map { String(cString: $0) }
  }
}
