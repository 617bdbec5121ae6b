public import Storage
internal import XML

extension S3Store {
  /// Returns the tags of an object or a version.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
  public func tags(of key: String, in bucket: String, version: VersionID?) throws(StoreError) -> [String: String] {
    let document: XMLElement
    do {
      document = try result(try tagging("GET", key, in: bucket, version), with: "TagSet").document
    } catch .invalidRequest("NoSuchTagSet", _) {
      return [:]
    }
    guard let set = document["TagSet"] else { throw malformed("no TagSet") }
    var tags: [String: String] = [:]
    for tag in set.children where tag.name == "Tag" {
      guard let name = tag.text(of: "Key"), let value = tag.text(of: "Value") else { throw malformed("an invalid tag") }
      tags[name] = value
    }
    return tags
  }

  /// Replaces all tags; idempotent.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
  public func setTags(
    _ tags: [String: String],
    of key: String,
    in bucket: String,
    version: VersionID?
  ) throws(StoreError) {
    try checkTags(tags)
    var call = try tagging("PUT", key, in: bucket, version)
    let set = tags.sorted { $0.key < $1.key }.map { name, value in
      "<Tag><Key>\(xmlEscape(name))</Key><Value>\(xmlEscape(value))</Value></Tag>"
    }
    try call.setDocument("<Tagging xmlns=\"\(namespace)\"><TagSet>\(set.joined())</TagSet></Tagging>")
    _ = try send(call)
  }

  /// Removes all tags; idempotent.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html
  public func removeTags(of key: String, in bucket: String, version: VersionID?) throws(StoreError) {
    _ = try send(try tagging("DELETE", key, in: bucket, version))
  }

  private func tagging(
    _ method: String,
    _ key: String,
    in bucket: String,
    _ version: VersionID?
  ) throws(StoreError) -> S3Call {
    try checkObjectKey(key)
    return S3Call(
      method: method,
      bucket: bucket,
      key: key,
      query: [("tagging", "")] + versionQuery(version, in: bucket)
    )
  }
}
