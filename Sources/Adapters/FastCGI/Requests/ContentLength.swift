/// The value of CONTENT_LENGTH in a request.
enum ContentLength: Equatable {
  case missing
  case invalid
  case bytes(Int)

  /// Reads the name-value pairs of the parameters; nil if they do not fill `block` exactly.
  ///
  /// libfcgi must not receive an invalid block: lengths that overflow when added made it write past its buffer.
  /// Source: <https://nvd.nist.gov/vuln/detail/CVE-2025-23016>
  init?(in block: [UInt8]) {
    let name = Array("CONTENT_LENGTH".utf8)
    var found = ContentLength.missing
    var position = 0
    while position < block.count {
      guard let pair = ParameterPair(in: block, at: position) else { return nil }
      if block[pair.name].elementsEqual(name) {
        let length = ContentLength(digits: block[pair.value])
        // With two different values, this check and the reader of the body could each use another one.
        found = found == .missing || found == length ? length : .invalid
      }
      position = pair.value.upperBound
    }
    self = found
  }

  private init(digits: ArraySlice<UInt8>) {
    if digits.isEmpty {
      self = .missing
    } else if digits.count <= 18, digits.allSatisfy({ (48...57).contains($0) }) {
      self = .bytes(digits.reduce(0) { $0 * 10 + Int($1 - 48) })
    } else {
      self = .invalid
    }
  }
}
