/// Throws `invalidRequest` if a key is empty, longer than 1,024 bytes, or has a segment `.` or `..`.
///
/// Stores treat such keys differently. The check treats a backslash as a separator, as some servers do. Portable keys
/// must avoid three more forms, because of SeaweedFS: it shortens `//` and a leading slash, it drops the bytes of a key
/// that ends in a slash, and it cannot store `a/b` and `a/b/c` at the same time.
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

/// Throws `invalidRequest` if metadata is not valid in header fields.
///
/// Names are lowercase letters, digits and hyphens; values are printable ASCII without a space at either end.
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
