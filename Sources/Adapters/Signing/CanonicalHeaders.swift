/// The headers of a request in the form that is signed.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html (CanonicalHeaders)
struct CanonicalHeaders {
  /// The lowercase names, sorted, with `;` between them.
  let names: String
  /// One `name:value` and a line feed for each name.
  let block: [UInt8]

  /// Values of one name are joined by commas in the order given.
  init(_ headers: [(name: String, value: String)]) {
    var sorted: [(name: String, value: String)] = []
    sorted.reserveCapacity(headers.count)
    for header in headers {
      let name = header.name.lowercased()
      let place = sorted.lastIndex { $0.name <= name }.map { $0 + 1 } ?? 0
      sorted.insert((name, header.value), at: place)
    }
    var names: [UInt8] = []
    var block: [UInt8] = []
    block.reserveCapacity(512)
    for (index, header) in sorted.enumerated() {
      if index > 0, header.name == sorted[index - 1].name {
        block[block.count - 1] = UInt8(ascii: ",")
      } else {
        if index > 0 { names.append(UInt8(ascii: ";")) }
        names.append(header.name)
        block.append(header.name)
        block.append(UInt8(ascii: ":"))
      }
      block.append(folding: header.value)
      block.append(UInt8(ascii: "\n"))
    }
    self.names = String(decoding: names, as: UTF8.self)
    self.block = block
  }
}

extension [UInt8] {
  /// Appends `value` without the white space at its ends, and with one space for each run of white space within.
  fileprivate mutating func append(folding value: String) {
    let start = count
    var owesSpace = false
    for byte in value.utf8 {
      if byte == UInt8(ascii: " ") || (9...13).contains(byte) {
        owesSpace = count > start
      } else {
        if owesSpace { append(UInt8(ascii: " ")) }
        owesSpace = false
        append(byte)
      }
    }
  }
}
