import Storage

/// A line of a listing that goes on behind a key and an identifier, of a version or of an upload.
struct ListedLine {
  let key: String
  let id: String
}

extension S3Store {
  /// Sends a request for a page of a listing, and returns the document, which says whether it is cut.
  ///
  /// Its name begins with `name`; servers end it in one way or another, such as `Result`. A store that knows no such listing
  /// may answer another one: where it `isOptional`, that is `NotImplemented`.
  func listing(_ call: S3Call, named name: String, isOptional: Bool = false) throws(StoreError) -> XMLElement {
    let answer = try result(call, with: nil).document
    guard answer.name.hasPrefix(name) else {
      let found = "\(answer.name), not \(name)"
      throw isOptional ? .invalidRequest(code: "NotImplemented", message: found) : malformed(found)
    }
    guard ["false", "true"].contains(answer.text(of: "IsTruncated")) else {
      throw malformed("\(name) without IsTruncated")
    }
    return answer
  }
}

extension XMLElement {
  /// Whether a page of a listing has pages behind it.
  var isCut: Bool { text(of: "IsTruncated") == "true" }

  /// The text of the first child of this name; nil where it is empty.
  func content(of name: String) -> String? { text(of: name).flatMap { $0.isEmpty ? nil : $0 } }
}

/// The page that was asked for with `token`: one that leads back to itself would be read for ever.
func page<Element>(_ items: [Element], next: String?, after token: String?) throws(StoreError) -> Page<Element> {
  guard next == nil || next != token else { throw malformed("a listing that goes on where it began") }
  return Page(items: items, next: next)
}

/// The query that goes on where the page ended whose `next` is `token`.
func markers(_ token: String, idName: String) throws(StoreError) -> [(name: String, value: String)] {
  let parts = token.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
  guard parts.count == 2 else {
    throw .invalidRequest(code: "InvalidToken", message: "not a token of this listing")
  }
  return [(name: "key-marker", value: String(parts[1])), (idName, String(parts[0]))].filter { !$0.value.isEmpty }
}

/// What to ask for the following page with: an identifier, a line end, and a key, which may have line ends itself.
///
/// The key is that of the line that the answer's own marker means, for Ceph promises to encode markers and does not: read
/// the other way, `a+b` is `a b`, and the listing begins again or leaves lines out.
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
func nextToken(_ answer: XMLElement, behind lines: [ListedLine], idName: String) throws(StoreError) -> String? {
  guard answer.isCut else { return nil }
  let (marker, id) = (answer.content(of: "NextKeyMarker"), answer.content(of: idName))
  guard let last = lines.last else {
    guard let marker else { throw malformed("no next key") }
    return (id ?? "") + "\n" + (try decoded(marker, of: answer))
  }
  guard let marker else { return (id ?? last.id) + "\n" + last.key }
  let readings = [marker, try? decoded(marker, of: answer)].compactMap { $0.map { Array($0.utf8) } }
  let meant = lines.filter { line in readings.contains { $0.elementsEqual(line.key.utf8) } }
  guard let nearest = meant.last(where: { $0.id == id }) ?? meant.last else { return last.id + "\n" + last.key }
  return (id ?? nearest.id) + "\n" + nearest.key
}
