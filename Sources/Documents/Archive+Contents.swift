internal import Core

extension Archive {
  /// The longest XML that is held in memory, in bytes.
  private static let maximumTextBytes = 16 << 20

  /// Unpacks every entry into its stream, if it has one; `take` is given those that `wants` names, and every embedded compound file, one at a time.
  func visit(
    streaming streams: [String: Markup] = [:],
    _ wants: (String) -> Bool,
    _ take: (_ name: String, _ bytes: [UInt8]) throws(Refusal) -> Void
  ) throws(Refusal) {
    for (index, name) in names.enumerated() {
      let isWanted = wants(name)
      var isFirst = true
      var isCompound = false
      var bytes: [UInt8] = []
      let stream = streams[name]
      try read(index) { (piece) throws(Refusal) in
        try stream?.take(piece)
        if isFirst { isCompound = piece.starts(with: FileType.compoundSignature) }
        isFirst = false
        guard isWanted || isCompound else { return }
        bytes += piece
        guard bytes.count <= (isCompound ? DecoderProtocol.maximumFileBytes : Self.maximumTextBytes) else {
          throw Refusal(.decompressionBomb, "\(name) is too long to read")
        }
      }
      if isWanted || isCompound { try take(name, bytes) }
    }
  }
}
