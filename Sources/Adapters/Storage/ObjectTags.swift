/// Throws `invalidRequest` if stores reject the tags.
///
/// An object has at most 10 tags. A name has 1 to 128 characters and does not start with `aws:`, which is reserved for
/// the store; a value has at most 256 characters. Letters, digits, spaces and `+ - = . _ : / @` are valid. A character
/// outside the Basic Multilingual Plane counts twice.
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
