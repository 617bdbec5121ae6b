public import Storage
internal import XML

extension S3Store {
  /// Deletes up to 1,000 objects and versions in one request, and each key that XML cannot contain in a separate
  /// request.
  ///
  /// Transient failures of single keys are returned and not repeated.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
  public func deleteAll(_ objects: [ObjectReference], in bucket: String) throws(StoreError) -> [DeletionFailure] {
    try checkBatch(objects)
    let writable = objects.filter { isWritableInXML($0.key) }
    var failures = writable.isEmpty ? [] : try deleteBatch(writable, in: bucket)
    for object in objects where !isWritableInXML(object.key) {
      do {
        try delete(object.key, in: bucket, version: object.version)
      } catch {
        failures.append(DeletionFailure(object: object, error: error))
      }
    }
    return failures
  }

  private func deleteBatch(_ objects: [ObjectReference], in bucket: String) throws(StoreError) -> [DeletionFailure] {
    var call = S3Call(method: "POST", bucket: bucket, query: [("delete", "")])
    try call.setDocument("<Delete xmlns=\"\(namespace)\">\(objects.map { line($0, in: bucket) }.joined())</Delete>")
    let answer = try result(call, with: nil).document
    var outcomes: [ObjectReference: StoreError?] = [:]
    for line in answer.children where line.name == "Deleted" || line.name == "Error" {
      guard let key = line.text(of: "Key") else { throw malformed("no key") }
      let version = line.text(of: "VersionId").flatMap { $0.isEmpty ? nil : VersionID($0) }
      let error = line.name == "Error" ? S3Failure(line).error : nil
      outcomes.updateValue(error == .notFound ? nil : error, forKey: ObjectReference(key, version: version))
    }
    return objects.compactMap { object in
      let outcome = outcomes[object] ?? outcomes[ObjectReference(object.key)]
      guard let outcome else {
        return DeletionFailure(object: object, error: .unexpected(detail: "the answer does not mention the object"))
      }
      return outcome.map { DeletionFailure(object: object, error: $0) }
    }
  }

  private func line(_ object: ObjectReference, in bucket: String) -> String {
    let version = versionQuery(object.version, in: bucket).map { "<VersionId>\(xmlEscape($0.value))</VersionId>" }
    return "<Object><Key>\(xmlEscape(object.key))</Key>\(version.joined())</Object>"
  }
}
