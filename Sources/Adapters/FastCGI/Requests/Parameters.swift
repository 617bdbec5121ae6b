/// The parameters of a request, stored as the received bytes and searched on demand.
///
/// A handler reads a few of about 30 parameters. Converting all of them to strings would take more time than the rest
/// of the server.
struct Parameters: Sendable {
  private var bytes: [UInt8] = []
  private var entries: [(name: Range<Int>, value: Range<Int>)] = []

  init() {}

  init(_ values: [String: String]) {
    for (name, value) in values { append(Array("\(name)=\(value)".utf8)[...]) }
  }

  /// Appends `NAME=VALUE`; ignores text without an equals sign.
  mutating func append(_ text: some Collection<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: text)
    guard let equals = bytes[start...].firstIndex(of: UInt8(ascii: "=")) else {
      bytes.removeLast(bytes.count - start)
      return
    }
    entries.append((start..<equals, equals + 1..<bytes.count))
  }

  mutating func reserve(bytes byteCount: Int, entries entryCount: Int) {
    bytes.reserveCapacity(byteCount)
    entries.reserveCapacity(entryCount)
  }

  /// Returns the last value of a parameter, as bytes.
  func bytes(of name: String) -> [UInt8]? {
    entries.last { bytes[$0.name].elementsEqual(name.utf8) }.map { Array(bytes[$0.value]) }
  }

  /// The value of a parameter: for a repeated header all values joined, for another parameter the last value.
  subscript(name: String) -> String? {
    let name = Array(name.utf8)
    let separator = name.elementsEqual("HTTP_COOKIE".utf8) ? "; " : ", "
    let isHeader = name.starts(with: "HTTP_".utf8)
    let values = entries.filter { $0.name.count == name.count && bytes[$0.name].elementsEqual(name) }.map {
      String(decoding: bytes[$0.value], as: UTF8.self)
    }
    return isHeader && values.count > 1 ? values.joined(separator: separator) : values.last
  }
}
