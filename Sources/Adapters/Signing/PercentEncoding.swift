/// Returns `path` percent-encoded as S3 expects a key in a URL: only RFC 3986's unreserved characters and `/` stay.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (UriEncode)
public func percentEncodePath(_ path: String) -> String {
  percentEncode(path, keepingSlash: true)
}

/// Returns the bytes of a path percent-encoded in the same way; they need not be UTF-8.
public func percentEncodePath(_ path: [UInt8]) -> String {
  path.withUnsafeBufferPointer { percentEncode($0, keepingSlash: true) } ?? String(decoding: path, as: UTF8.self)
}

/// Returns a query name or value percent-encoded: only RFC 3986's unreserved characters stay, and a space is `%20`.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (UriEncode)
public func percentEncodeQuery(_ component: String) -> String {
  percentEncode(component, keepingSlash: false)
}

/// Returns the query string for sending and signing: encoded, sorted by name and then by value, without `?`.
///
/// A parameter with an empty value also has an `=`.
///
/// ```swift
/// canonicalQuery([("prefix", "ada/a b"), ("acl", "")])  // acl=&prefix=ada%2Fa%20b
/// ```
public func canonicalQuery(_ parameters: [(name: String, value: String)]) -> String {
  var query: [UInt8] = []
  query.append(canonicalQuery: parameters)
  return String(decoding: query, as: UTF8.self)
}

extension [UInt8] {
  mutating func append(_ text: String) { append(contentsOf: text.utf8) }

  mutating func append(canonicalQuery parameters: [(name: String, value: String)]) {
    var encoded = parameters.map { (percentEncodeQuery($0.name), percentEncodeQuery($0.value)) }
    if !zip(encoded, encoded.dropFirst()).allSatisfy({ $0.0 < $1.0 }) { encoded.sort { $0 < $1 } }
    for (index, parameter) in encoded.enumerated() {
      if index > 0 { append(UInt8(ascii: "&")) }
      append(parameter.0)
      append(UInt8(ascii: "="))
      append(parameter.1)
    }
  }
}

private func percentEncode(_ text: String, keepingSlash: Bool) -> String {
  var text = text
  return text.withUTF8 { percentEncode($0, keepingSlash: keepingSlash) } ?? text
}

/// Returns the encoded text; nil if every byte stays as it is.
private func percentEncode(_ bytes: UnsafeBufferPointer<UInt8>, keepingSlash: Bool) -> String? {
  let stays: (UInt8) -> Bool = { isUnreserved($0) || (keepingSlash && $0 == UInt8(ascii: "/")) }
  let escapes = bytes.reduce(0) { stays($1) ? $0 : $0 + 1 }
  if escapes == 0 { return nil }
  return String(unsafeUninitializedCapacity: bytes.count + 2 * escapes) { buffer in
    var length = 0
    for byte in bytes {
      if stays(byte) {
        buffer[length] = byte
        length += 1
      } else {
        buffer[length] = UInt8(ascii: "%")
        buffer[length + 1] = hexadecimalDigit(byte >> 4, letters: "A")
        buffer[length + 2] = hexadecimalDigit(byte & 15, letters: "A")
        length += 3
      }
    }
    return length
  }
}

private func isUnreserved(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
    true
  default: false
  }
}

func hexadecimalDigit(_ nibble: UInt8, letters first: Unicode.Scalar) -> UInt8 {
  nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: first) + nibble - 10
}
