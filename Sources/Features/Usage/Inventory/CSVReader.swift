/// Splits CSV that arrives in pieces into rows, with limits for rows and fields.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc4180>
struct CSVReader {
  /// Why a text is no CSV.
  enum Failure: Error {
    case field, row, quote, text
  }

  /// The maximum length of a field in bytes: a key has 1,024 bytes, and each may be encoded as three.
  private static let maximumField = 4096
  private static let maximumFields = 64

  private enum State { case start, plain, quoted, quoteInQuoted }

  private var state = State.start
  private var field: [UInt8] = []
  private var row: [String] = []

  /// Passes each whole row to `sink`.
  mutating func read(
    _ bytes: Span<UInt8>,
    into sink: ([String]) throws(Failure) -> Void
  ) throws(Failure) {
    for index in bytes.indices {
      let byte = bytes[index]
      switch (state, byte) {
      case (.quoted, UInt8(ascii: "\"")): state = .quoteInQuoted
      case (.quoted, _): try append(byte)
      case (.quoteInQuoted, UInt8(ascii: "\"")):
        try append(byte)
        state = .quoted
      case (_, UInt8(ascii: ",")): try endField()
      case (_, UInt8(ascii: "\n")):
        try endRow(into: sink)
      case (_, UInt8(ascii: "\r")): break
      case (.start, UInt8(ascii: "\"")): state = .quoted
      case (.start, _), (.plain, _):
        guard byte != UInt8(ascii: "\"") else { throw .quote }
        try append(byte)
        state = .plain
      case (.quoteInQuoted, _): throw .quote
      }
    }
  }

  /// Passes the last row on, if no line feed ends it.
  mutating func finish(into sink: ([String]) throws(Failure) -> Void) throws(Failure) {
    guard state != .quoted else { throw .quote }
    if state != .start || !row.isEmpty { try endRow(into: sink) }
  }

  private mutating func append(_ byte: UInt8) throws(Failure) {
    guard field.count < Self.maximumField else { throw .field }
    field.append(byte)
  }

  private mutating func endField() throws(Failure) {
    guard row.count < Self.maximumFields else { throw .row }
    guard let text = String(validating: field, as: UTF8.self) else { throw .text }
    row.append(text)
    field.removeAll(keepingCapacity: true)
    state = .start
  }

  private mutating func endRow(into sink: ([String]) throws(Failure) -> Void) throws(Failure) {
    let isEmpty = row.isEmpty && field.isEmpty && state == .start
    try endField()
    defer { row.removeAll(keepingCapacity: true) }
    if !isEmpty { try sink(row) }
  }
}
