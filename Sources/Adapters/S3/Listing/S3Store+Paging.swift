import Storage
internal import XML

/// The key and the identifier (of a version or an upload) of one line of a listing.
struct ListedLine {
  let key: String
  let id: String
}

extension S3Store {
  /// Requests a page of a listing and returns the document, which has a valid `IsTruncated`.
  ///
  /// The root element must begin with `name`; the rest of its name, such as `Result`, varies by server. A store without
  /// this listing may answer with another one: that throws `NotImplemented` if `isOptional`.
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
  /// True if more pages follow.
  var isCut: Bool { text(of: "IsTruncated") == "true" }

  /// The text of the first child element with this name; nil if it is absent or empty.
  func content(of name: String) -> String? { text(of: name).flatMap { $0.isEmpty ? nil : $0 } }
}

/// Returns a page; throws if its `next` equals the `token` of its request, which would repeat the page without end.
func page<Element>(_ items: [Element], next: String?, after token: String?) throws(StoreError) -> Page<Element> {
  guard next == nil || next != token else { throw malformed("a listing whose next page is the same page") }
  return Page(items: items, next: next)
}

/// Returns the query parameters for the page after the one whose `next` is `token`.
func markers(_ token: String, idName: String) throws(StoreError) -> [(name: String, value: String)] {
  let parts = token.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
  guard parts.count == 2 else {
    throw .invalidRequest(code: "InvalidToken", message: "not a token of this listing")
  }
  return [(name: "key-marker", value: String(parts[1])), (idName, String(parts[0]))].filter { !$0.value.isEmpty }
}

/// Returns the token of the next page: an identifier, a line feed, and a key, which may contain line feeds.
///
/// The key is the one of the listed line that the response's marker denotes. Ceph announces encoded markers but does
/// not encode them: after decoding, `a+b` would become `a b`, and the listing would repeat or skip lines.
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
