/// Refuses a key that stores treat differently: empty, over 1,024 bytes, or with a segment `.` or `..`.
///
/// A backslash counts as a separator here, because some servers take it for one. Beyond that SeaweedFS takes `//` and a
/// leading slash for less than they are, drops the bytes of a key that ends in a slash, and has no room for `a/b` and
/// `a/b/c` at once: keys that shall work everywhere do without.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
public func checkObjectKey(_ key: String) throws(StoreError) {
  guard (1...1024).contains(key.utf8.count) else {
    throw .invalidRequest(code: "InvalidKey", message: "a key has 1 to 1024 bytes, this has \(key.utf8.count)")
  }
  let segments = key.utf8.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
  guard !segments.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) else {
    throw .invalidRequest(code: "InvalidKey", message: "a key has no segment . or ..")
  }
}

/// Refuses metadata that cannot stand in a header field: names are lowercase letters, digits and hyphens, values printable ASCII.
public func checkMetadata(_ metadata: [String: String]) throws(StoreError) {
  for (name, value) in metadata {
    guard !name.isEmpty, name.utf8.allSatisfy(isNameByte), value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }),
      value.first != " ", value.last != " "
    else {
      throw .invalidRequest(code: "InvalidMetadata", message: "metadata \(name.debugDescription) is not plain ASCII")
    }
  }
}

private func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
  default: false
  }
}
