/// Refuses tags that no store takes: over 10, a name of other than 1 to 128 characters, a value of over 256, or with
/// characters other than letters, digits, spaces and `+ - = . _ : / @`.
///
/// A character outside the Basic Multilingual Plane counts twice. Names that begin with `aws:` are the store's own.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
public func checkTags(_ tags: [String: String]) throws(StoreError) {
  guard tags.count <= 10 else {
    throw .invalidRequest(code: "InvalidTag", message: "an object has up to 10 tags, not \(tags.count)")
  }
  for (name, value) in tags {
    guard (1...128).contains(name.utf16.count), value.utf16.count <= 256 else {
      throw .invalidRequest(
        code: "InvalidTag",
        message: "a tag's name has 1 to 128 characters and its value up to 256: \(name.debugDescription)"
      )
    }
    guard (name + value).unicodeScalars.allSatisfy(isTagCharacter), !name.lowercased().hasPrefix("aws:") else {
      throw .invalidRequest(code: "InvalidTag", message: "no store takes the tag \(name.debugDescription)")
    }
  }
}

private func isTagCharacter(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
    .letterNumber, .otherNumber, .spaceSeparator, .lineSeparator, .paragraphSeparator:
    true
  default: "+-=._:/@".unicodeScalars.contains(scalar)
  }
}
