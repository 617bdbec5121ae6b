internal import CMagic
internal import Core

/// libmagic with its database loaded: a second opinion on a file's type.
final class MagicDatabase {
  /// How much of a file libmagic is shown, in bytes: every type that Stowage knows is announced at its start.
  static let reach = 64 * 1024

  private let handle: magic_t

  /// Nil where libmagic or its database is missing.
  init?() {
    // Only the signatures: no looking into archives, documents, texts or programs.
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

  /// The media type of the file whose bytes these are; nil where libmagic fails.
  func contentType(_ bytes: UnsafeRawBufferPointer) -> String? {
    magic_buffer(handle, bytes.baseAddress, min(bytes.count, Self.reach)).map { String(cString: $0) }
  }
}
