/// The headers of a request in the form that is signed.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html (CanonicalHeaders)
struct CanonicalHeaders {
  /// The lowercase names, sorted, with `;` between them.
  let names: String
  /// One `name:value` and a line feed for each name.
  let block: String

  /// Values of one name are joined by commas in the order given.
  init(_ headers: [(name: String, value: String)]) {
    let folded = headers.enumerated().map { (name: $1.name.lowercased(), place: $0, value: folding($1.value)) }
    var names = ""
    var block = ""
    var previous: String?
    for header in folded.sorted(by: { ($0.name, $0.place) < ($1.name, $1.place) }) {
      if header.name == previous {
        block += "," + header.value
      } else {
        if previous != nil {
          names += ";"
          block += "\n"
        }
        names += header.name
        block += header.name + ":" + header.value
      }
      previous = header.name
    }
    self.names = names
    self.block = previous == nil ? "" : block + "\n"
  }
}

/// `value` without the white space at its ends, and with one space for each run of white space within.
private func folding(_ value: String) -> String {
  var folded: [UInt8] = []
  folded.reserveCapacity(value.utf8.count)
  var owesSpace = false
  for byte in value.utf8 {
    if byte == UInt8(ascii: " ") || (9...13).contains(byte) {
      owesSpace = !folded.isEmpty
    } else {
      if owesSpace { folded.append(UInt8(ascii: " ")) }
      owesSpace = false
      folded.append(byte)
    }
  }
  return String(decoding: folded, as: UTF8.self)
}
