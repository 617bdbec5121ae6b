internal import Core

extension Archive {
  /// The maximum size of XML that is kept in memory, in bytes.
  private static let maximumTextBytes = 16 << 20
  /// The number of leading bytes kept of every entry, which is enough for a file signature.
  private static let headBytes = 64

  /// An entry and its kept bytes.
  struct Content {
    let name: String
    /// The first `headBytes` bytes.
    fileprivate(set) var head: [UInt8] = []
    /// All bytes of texts for which `isWhole` is true, of compound files and of archives; empty for other entries.
    fileprivate(set) var bytes: [UInt8] = []
    let markup: Markup?

    var isCompound: Bool { head.starts(with: FileType.compoundSignature) }
    var isArchive: Bool { head.starts(with: FileType.archiveSignature) }
  }

  /// Unpacks every entry completely, and calls `take` for each, one after the other.
  ///
  /// If `watching` returns a parser for an entry's name, the parser reads the entry.
  func visit(
    watching: (_ name: String) throws(Refusal) -> Markup? = { _ in nil },
    whole isWhole: (_ name: String) -> Bool = { _ in false },
    _ take: (Content) throws(Refusal) -> Void
  ) throws(Refusal) {
    for (index, name) in names.enumerated() {
      var content = Content(name: name, markup: try watching(name))
      var limit = isWhole(name) ? Self.maximumTextBytes : 0
      var isFirst = true
      try read(index) { (piece) throws(Refusal) in
        try content.markup?.take(piece)
        if isFirst {
          content.head = Array(piece.prefix(Self.headBytes))
          if content.isCompound || content.isArchive { limit = DecoderProtocol.maximumFileBytes }
        }
        isFirst = false
        guard limit > 0 else { return }
        content.bytes += piece
        guard content.bytes.count <= limit else { throw Refusal(.decompressionBomb, "\(name) is too long to read") }
      }
      try content.markup?.finish()
      try take(content)
    }
  }

  /// Returns the complete text of an entry.
  func text(_ index: Int) throws(Refusal) -> [UInt8] {
    var text: [UInt8] = []
    try read(index) { (piece) throws(Refusal) in
      text += piece
      guard text.count <= Self.maximumTextBytes else {
        throw Refusal(.decompressionBomb, "\(names[index]) is too long to read")
      }
    }
    return text
  }
}
