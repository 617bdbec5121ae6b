/// A response, decoded from its FastCGI records.
struct ClientAnswer {
  private(set) var status = 200
  private(set) var body: [UInt8] = []

  /// Throws `broken` unless the records are complete and the body has the length of its Content-Length.
  init(records: [UInt8]) throws(Client.Failure) {
    var output: [UInt8] = []
    var position = 0
    var hasEnded = false
    while !hasEnded, records.count - position >= 8 {
      let length = Int(records[position + 4]) << 8 | Int(records[position + 5])
      let end = position + 8 + length + Int(records[position + 6])
      guard records[position] == 1, end <= records.count else { throw .broken }
      switch records[position + 1] {
      case 3: hasEnded = true
      case 6: output += records[position + 8..<position + 8 + length]
      case 7: break
      default: throw .broken
      }
      position = end
    }
    guard hasEnded else { throw .broken }
    try read(output)
  }

  private mutating func read(_ output: [UInt8]) throws(Client.Failure) {
    let blank: [UInt8] = [13, 10, 13, 10]
    let last = output.count - blank.count
    guard let end = (0...max(last, 0)).first(where: { output[$0...].starts(with: blank) }) else { throw .broken }
    body = Array(output[(end + blank.count)...])
    for line in String(decoding: output[..<end], as: UTF8.self).split(separator: "\r\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let value = parts[1].split(separator: " ").first else { continue }
      switch parts[0].lowercased() {
      case "status": status = Int(value) ?? 0
      case "content-length": guard Int(value) == body.count else { throw .broken }
      default: break
      }
    }
  }
}
