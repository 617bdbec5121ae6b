/// The header fields of a request in the canonical form for the signature.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html (CanonicalHeaders)
struct CanonicalHeaders {
  /// The lowercase names, sorted and separated by `;`.
  let names: String
  /// The lines of the form `name:value`, each with a line feed.
  let block: [UInt8]

  /// Joins the values of equal names with commas, in the given order.
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
  /// Appends `value` without white space at both ends; each run of white space inside becomes one space.
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
