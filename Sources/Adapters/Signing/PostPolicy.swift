/// What a form of a browser may upload; the store checks each of its fields.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
public struct PostPolicy: Sendable {
  /// The bucket.
  public var bucket: String
  /// The object's key.
  public var key: String
  /// Further fields, each of which must be sent just so.
  public var fields: [(name: String, value: String)]
  /// How long the file may be, in bytes.
  public var sizes: ClosedRange<Int64>

  /// A policy for one object.
  public init(bucket: String, key: String, fields: [(name: String, value: String)], sizes: ClosedRange<Int64>) {
    self.bucket = bucket
    self.key = key
    self.fields = fields
    self.sizes = sizes
  }

  /// The document, with what `signed` adds; spelled as Python spells JSON, so that it can be compared with botocore's.
  func document(expiration: String, signed: [(name: String, value: String)]) -> String {
    func equal(_ field: (name: String, value: String)) -> String { "{\(quoted(field.name)): \(quoted(field.value))}" }
    let range = "[\"content-length-range\", \(sizes.lowerBound), \(sizes.upperBound)]"
    let conditions =
      fields.map(equal) + [range, equal(("bucket", bucket)), equal(("key", key))] + signed.map(equal)
    return "{\"expiration\": \(quoted(expiration)), \"conditions\": [\(conditions.joined(separator: ", "))]}"
  }
}

/// `text` as a JSON string of printable ASCII.
///
/// Source: https://www.rfc-editor.org/rfc/rfc8259#section-7
private func quoted(_ text: String) -> String {
  var quoted: [UInt8] = [UInt8(ascii: "\"")]
  for unit in text.utf16 {
    switch unit {
    case 0x22, 0x5C: quoted += [UInt8(ascii: "\\"), UInt8(truncatingIfNeeded: unit)]
    case 0x20...0x7E: quoted.append(UInt8(truncatingIfNeeded: unit))
    case 0x08: quoted.append("\\b")
    case 0x09: quoted.append("\\t")
    case 0x0A: quoted.append("\\n")
    case 0x0C: quoted.append("\\f")
    case 0x0D: quoted.append("\\r")
    default:
      quoted.append("\\u")
      for shift in [12, 8, 4, 0] {
        quoted.append(hexadecimalDigit(UInt8(truncatingIfNeeded: unit >> UInt16(shift)) & 15, letters: "a"))
      }
    }
  }
  quoted.append(UInt8(ascii: "\""))
  return String(decoding: quoted, as: UTF8.self)
}
