internal import FoundationEssentials
internal import HTTP
public import Storage

extension S3Store {
  /// A page of current objects.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
  public func list(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<ObjectSummary> {
    var call = S3Call(method: "GET", bucket: bucket)
    call.query = [
      ("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix), ("max-keys", String(max(1, min(limit, 1000)))),
    ]
    if let token { call.query.append(("continuation-token", token)) }
    let answer = try document(call)
    var items: [ObjectSummary] = []
    for line in answer.children where line.name == "Contents" {
      items.append(
        ObjectSummary(
          key: try key(line, of: answer),
          size: try number(line, "Size"),
          etag: ETag(line.text(of: "ETag") ?? ""),
          lastModified: try date(line)
        )
      )
    }
    let isCut = answer.text(of: "IsTruncated") == "true"
    guard !isCut || answer.text(of: "NextContinuationToken") != nil else { throw malformed("no token") }
    return Page(items: items, next: isCut ? answer.text(of: "NextContinuationToken") : nil)
  }

  /// A page of versions and delete markers.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
  public func listVersions(
    _ bucket: String,
    prefix: String,
    after token: String?,
    limit: Int
  ) throws(StoreError) -> Page<VersionSummary> {
    var call = S3Call(method: "GET", bucket: bucket)
    call.query = [
      ("versions", ""), ("encoding-type", "url"), ("prefix", prefix), ("max-keys", String(max(1, min(limit, 1000)))),
    ]
    if let token {
      let parts = token.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw .invalidRequest(code: "InvalidToken", message: "not a token of this listing")
      }
      call.query.append(("key-marker", String(parts[1])))
      if !parts[0].isEmpty { call.query.append(("version-id-marker", String(parts[0]))) }
    }
    let answer = try document(call)
    var items: [VersionSummary] = []
    for line in answer.children where line.name == "Version" || line.name == "DeleteMarker" {
      let isMarker = line.name == "DeleteMarker"
      items.append(
        VersionSummary(
          key: try key(line, of: answer),
          version: VersionID(line.text(of: "VersionId") ?? "null"),
          isLatest: line.text(of: "IsLatest") == "true",
          isDeleteMarker: isMarker,
          size: isMarker ? 0 : try number(line, "Size"),
          lastModified: try date(line)
        )
      )
    }
    guard answer.text(of: "IsTruncated") == "true" else { return Page(items: items, next: nil) }
    guard let marker = answer.text(of: "NextKeyMarker") else { throw malformed("no next key") }
    return Page(
      items: items,
      next: (answer.text(of: "NextVersionIdMarker") ?? "") + "\n" + (try decoded(marker, of: answer))
    )
  }

  func document(_ call: S3Call) throws(StoreError) -> XMLElement {
    let body = try send(call).body
    do { return try XMLReader.read(body) } catch { throw malformed(error.reason) }
  }
}

private func malformed(_ reason: String) -> StoreError {
  .unexpected(detail: "a listing that cannot be read: " + reason)
}

private func key(_ line: XMLElement, of answer: XMLElement) throws(StoreError) -> String {
  guard let key = line.text(of: "Key") else { throw malformed("no key") }
  return try decoded(key, of: answer)
}

/// Keys come form-encoded where the server says so: XML has no way to write most control characters.
private func decoded(_ text: String, of answer: XMLElement) throws(StoreError) -> String {
  guard answer.text(of: "EncodingType") == "url" else { return text }
  var bytes: [UInt8] = []
  var rest = text.utf8[...]
  while let byte = rest.popFirst() {
    switch byte {
    case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
    case UInt8(ascii: "%"):
      guard let value = UInt8(Substring(rest.prefix(2)), radix: 16) else { throw malformed("a key's encoding") }
      bytes.append(value)
      rest = rest.dropFirst(2)
    default: bytes.append(byte)
    }
  }
  guard let key = String(validating: bytes, as: UTF8.self) else { throw malformed("a key's encoding") }
  return key
}

private func number(_ line: XMLElement, _ name: String) throws(StoreError) -> Int64 {
  guard let number = line.text(of: name).flatMap({ Int64($0) }) else { throw malformed("no \(name)") }
  return number
}

private func date(_ line: XMLElement) throws(StoreError) -> Date {
  let text = line.text(of: "LastModified") ?? ""
  let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
  guard let date = try? style.parse(text) else { throw malformed("LastModified \(text)") }
  return date
}
