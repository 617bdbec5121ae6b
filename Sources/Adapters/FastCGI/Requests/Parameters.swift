/// The parameters of a request, stored as the received bytes and searched on demand.
///
/// A handler reads a few of about 30 parameters. Converting all of them to strings would take more time than the rest
/// of the server.
struct Parameters: Sendable {
  private var bytes: [UInt8] = []
  private var entries: [(name: Range<Int>, value: Range<Int>)] = []

  init(_ values: [String: String]) {
    for (name, value) in values {
      let start = bytes.count
      bytes += name.utf8
      let middle = bytes.count
      bytes += value.utf8
      entries.append((start..<middle, middle..<bytes.count))
    }
  }

  /// Reads a block of name-value pairs without copying them.
  ///
  /// A value ends at its first zero byte, and a name with a zero byte or an equals sign is left out: in an environment,
  /// as in libfcgi, they would be other names and values. nginx sends neither.
  init(block: [UInt8]) {
    bytes = block
    entries.reserveCapacity(40)
    var position = 0
    while let pair = ParameterPair(in: block, at: position) {
      position = pair.value.upperBound
      guard !block[pair.name].contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) else { continue }
      let end = block[pair.value].firstIndex(of: 0) ?? pair.value.upperBound
      entries.append((pair.name, pair.value.lowerBound..<end))
    }
  }

  /// Returns the last value of a parameter, as bytes.
  func bytes(of name: String) -> [UInt8]? {
    entries.last { bytes[$0.name].elementsEqual(name.utf8) }.map { Array(bytes[$0.value]) }
  }

  /// The value of a parameter: for a repeated header all values joined, for another parameter the last value.
  subscript(name: String) -> String? {
    var name = name
    return name.withUTF8 { name in
      var found: Range<Int>?
      var isRepeated = false
      for entry in entries where entry.name.count == name.count && bytes[entry.name].elementsEqual(name) {
        isRepeated = found != nil
        found = entry.value
      }
      guard isRepeated, name.starts(with: "HTTP_".utf8) else {
        return found.map { String(decoding: bytes[$0], as: UTF8.self) }
      }
      let values = entries.filter { $0.name.count == name.count && bytes[$0.name].elementsEqual(name) }
      return values.map { String(decoding: bytes[$0.value], as: UTF8.self) }
        .joined(separator: name.elementsEqual("HTTP_COOKIE".utf8) ? "; " : ", ")
    }
  }
}
