/// The encoding of bytes as `%` and two hexadecimal digits.
///
/// Source: https://www.rfc-editor.org/rfc/rfc3986 (2.1)
enum PercentEncoding {
  /// Returns the text, decoded once; a `%` without two digits stays.
  static func decoded(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard bytes.contains(UInt8(ascii: "%")) else { return text }
    var decoded: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
        let high = Character(Unicode.Scalar(bytes[position + 1])).hexDigitValue,
        let low = Character(Unicode.Scalar(bytes[position + 2])).hexDigitValue
      {
        decoded.append(UInt8(high << 4 | low))
        position += 3
      } else {
        decoded.append(bytes[position])
        position += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }
}
