/// The policy of a browser's upload form (POST policy); the store checks every field of the form against it.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
public struct PostPolicy: Sendable {
  /// The bucket of the object.
  public var bucket: String
  /// The key of the object.
  public var key: String
  /// The other fields of the form; the form must send exactly these values.
  public var fields: [(name: String, value: String)]
  /// The permitted length of the file, in bytes.
  public var sizes: ClosedRange<Int64>

  /// Creates a policy for one object.
  public init(bucket: String, key: String, fields: [(name: String, value: String)], sizes: ClosedRange<Int64>) {
    self.bucket = bucket
    self.key = key
    self.fields = fields
    self.sizes = sizes
  }

  /// Returns the policy document with the additional fields of `signed`.
  ///
  /// The JSON has the spacing of Python's `json` module, so that tests can compare it with botocore's output.
  func document(expiration: String, signed: [(name: String, value: String)]) -> String {
    func equal(_ field: (name: String, value: String)) -> String { "{\(quoted(field.name)): \(quoted(field.value))}" }
    let range = "[\"content-length-range\", \(sizes.lowerBound), \(sizes.upperBound)]"
    let conditions =
      fields.map(equal) + [range, equal(("bucket", bucket)), equal(("key", key))] + signed.map(equal)
    return "{\"expiration\": \(quoted(expiration)), \"conditions\": [\(conditions.joined(separator: ", "))]}"
  }
}

/// Returns `text` as a JSON string in printable ASCII.
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
