internal import CZip
internal import Core

/// A ZIP archive of which libzip and `ZipLayout` read the same entries.
///
/// The bytes must outlive this object.
///
/// Entries are unpacked in pieces, and the bytes are counted during unpacking. The sizes stated in the file never
/// determine an allocation.
/// Source: https://libzip.org/documentation/
final class Archive {
  /// The maximum ratio of unpacked to packed bytes for entries that unpack to more than `freeBytes`; deflate's maximum
  /// is 1,032.
  static let maximumRatio = 250
  /// The unpacked size up to which any ratio is allowed, in bytes.
  static let freeBytes = 16 << 20

  private static let pieceBytes = 64 << 10
  /// The maximum length of a name, in bytes; the longest path of Windows has 260 characters.
  private static let maximumNameBytes = 1024

  /// The names of the entries by index, with `/` between path components.
  let names: [String]
  let layout: ZipLayout
  private let handle: OpaquePointer
  let budget: Budget

  /// Opens the archive; an archive inside `outer` shares the budget of `outer`.
  ///
  /// `isPlain` is true for an archive that is not a document; it may have a comment.
  init(_ bytes: UnsafeRawBufferPointer, inside outer: Archive? = nil, isPlain: Bool = false) throws(Refusal) {
    budget = outer?.budget ?? Budget()
    layout = try ZipLayout(bytes, isPlain: isPlain)
    if outer != nil { try budget.spend(innerEntries: layout.entries.count) }
    guard !layout.entries.contains(where: \.isEncrypted) else { throw Refusal(.encrypted, "an encrypted entry") }
    guard layout.entries.allSatisfy({ $0.method == ZIP_CM_STORE || $0.method == ZIP_CM_DEFLATE }) else {
      throw Refusal(.malformedArchive, "another compression than deflate")
    }
    names = try Self.names(of: layout)
    var error = zip_error_t()
    guard let source = zip_source_buffer_create(bytes.baseAddress, zip_uint64_t(bytes.count), 0, &error) else {
      throw Refusal(.unreadable, "libzip: no source")
    }
    guard let handle = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) else {
      zip_source_free(source)
      throw Refusal(.unreadable, "libzip: \(error.zip_err)")
    }
    self.handle = handle
    guard layout.entries.indices.allSatisfy({ agrees(with: layout.entries[$0], at: zip_uint64_t($0)) }),
      zip_get_num_entries(handle, 0) == layout.entries.count
    else { throw Refusal(.malformedArchive, "libzip reads other entries") }
  }

  deinit { zip_discard(handle) }

  private func agrees(with entry: ZipLayout.Entry, at index: zip_uint64_t) -> Bool {
    var status = zip_stat_t()
    guard zip_stat_index(handle, index, zip_flags_t(ZIP_FL_ENC_RAW), &status) == 0, let name = status.name else {
      return false
    }
    return String(cString: name).utf8.elementsEqual(String(decoding: entry.name, as: UTF8.self).utf8)
      && status.size == entry.size && status.comp_size == entry.compressedSize && Int(status.crc) == entry.crc
      && Int(status.comp_method) == entry.method && status.encryption_method == ZIP_EM_NONE
  }

  /// Returns the names of all entries.
  ///
  /// Throws if a name is not a relative path below the archive's root, or occurs twice (letters compared without case).
  private static func names(of layout: ZipLayout) throws(Refusal) -> [String] {
    var seen: Set<String> = []
    var names: [String] = []
    for entry in layout.entries {
      guard entry.name.count <= maximumNameBytes else { throw Refusal(.malformedArchive, "a name that is too long") }
      let name = String(decoding: entry.name, as: UTF8.self)
      let path = name.hasSuffix("/") ? String(name.dropLast()) : name
      let components = path.split(separator: "/", omittingEmptySubsequences: false)
      guard !components.contains(where: { ["", ".", ".."].contains($0) }),
        !name.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\\") || $0 == 0x7F }),
        components.first?.hasSuffix(":") == false
      else { throw Refusal(.malformedArchive, "a name that leads outside the archive") }
      // Names in an old character set can differ only in bytes that are not UTF-8.
      let isUTF8 = name.utf8.elementsEqual(entry.name)
      let key = isUTF8 ? path.lowercased() : String(String.UnicodeScalarView(entry.name.map { Unicode.Scalar($0) }))
      guard seen.insert(key).inserted else { throw Refusal(.malformedArchive, "a name that is there twice") }
      names.append(name)
    }
    return names
  }

  /// Unpacks an entry completely, checks its checksum, and calls `take` for each piece.
  func read(_ index: Int, _ take: (ArraySlice<UInt8>) throws(Refusal) -> Void) throws(Refusal) {
    let entry = layout.entries[index]
    guard let file = zip_fopen_index(handle, zip_uint64_t(index), 0) else {
      throw Refusal(.unreadable, "libzip cannot open an entry")
    }
    defer { zip_fclose(file) }
    var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
    var count = 0
    while true {
      let got = Int(zip_fread(file, &piece, zip_uint64_t(piece.count)))
      guard got >= 0 else { throw Refusal(.unreadable, "a damaged entry") }
      guard got > 0 else { break }
      count += got
      try budget.spend(bytes: got, on: names[index])
      guard count <= Self.freeBytes || count <= entry.compressedSize * Self.maximumRatio
      else { throw Refusal(.decompressionBomb, "\(names[index]) unpacks to more than \(count) bytes") }
      try take(piece[..<got])
    }
    guard count == entry.size else { throw Refusal(.unreadable, "an entry of another size") }
  }
}
