internal import FoundationEssentials
internal import Glibc
internal import HTTP
internal import Signing
public import Storage

extension S3Store {
  /// Stores an object in one PUT; servers take up to 5 GB so.
  public func put(
    _ body: ObjectBody,
    to key: String,
    in bucket: String,
    options: PutOptions
  ) throws(StoreError) -> PutResult {
    try checkObjectKey(key)
    var call = S3Call(method: "PUT", bucket: bucket, key: key, headers: try putHeaders(options))
    let file = try OpenFile(body)
    switch body {
    case .bytes(let bytes): call.setBody(bytes)
    case .file(_, let length): call.body = .file(descriptor: file?.descriptor ?? -1, offset: 0, length: length)
    case .descriptor(let descriptor, let length): call.body = .file(descriptor: descriptor, offset: 0, length: length)
    case .reader(let length, let read): call.body = .reader(length: length, read: passingOn(read))
    }
    if case .bytes = body {
    } else {
      call.payloadHash = options.sha256.map(lowercaseHexadecimal) ?? PayloadHash.unsigned
    }
    let head = try withExtendedLifetime(file) { () throws(StoreError) in try send(call).head }
    guard let etag = head["etag"] else { throw .unexpected(detail: "a put was answered without ETag") }
    return PutResult(etag: ETag(etag), version: head["x-amz-version-id"].map(VersionID.init))
  }

  /// What is known of an object.
  public func head(_ key: String, in bucket: String, version: VersionID?) throws(StoreError) -> ObjectInfo {
    try checkObjectKey(key)
    let head = try send(S3Call(method: "HEAD", bucket: bucket, key: key, query: versionQuery(version))).head
    guard let size = head["content-length"].flatMap(Int64.init) else {
      throw .unexpected(detail: "a HEAD was answered without Content-Length")
    }
    return try objectInfo(head, size: size)
  }

  /// Deletes a version, or the object.
  public func delete(_ key: String, in bucket: String, version: VersionID?) throws(StoreError) {
    try checkObjectKey(key)
    do {
      _ = try send(S3Call(method: "DELETE", bucket: bucket, key: key, query: versionQuery(version)))
    } catch .notFound {}
  }

  private func putHeaders(_ options: PutOptions) throws(StoreError) -> [(name: String, value: String)] {
    try checkMetadata(options.metadata)
    var headers: [(name: String, value: String)] = []
    if let type = options.contentType { headers.append(("content-type", type)) }
    if let control = options.cacheControl { headers.append(("cache-control", control)) }
    if options.ifNoneMatch { headers.append(("if-none-match", "*")) }
    for (name, value) in options.metadata { headers.append(("x-amz-meta-" + name, value)) }
    if let digest = options.sha256 {
      guard digest.count == SHA256.byteCount else {
        throw .invalidRequest(code: "InvalidDigest", message: "a SHA-256 has 32 bytes, this has \(digest.count)")
      }
      headers.append(("x-amz-checksum-sha256", Data(digest).base64EncodedString()))
    }
    return headers
  }
}

func versionQuery(_ version: VersionID?) -> [(name: String, value: String)] {
  version.map { [("versionId", $0.description)] } ?? []
}

func objectInfo(_ head: HTTPResponseHead, size: Int64) throws(StoreError) -> ObjectInfo {
  guard let etag = head["etag"], let lastModified = head.date("last-modified") else {
    throw .unexpected(detail: "an object without ETag or Last-Modified")
  }
  let prefix = "x-amz-meta-"
  var metadata: [String: String] = [:]
  for (name, value) in head.headers where name.lowercased().hasPrefix(prefix) {
    metadata[String(name.lowercased().dropFirst(prefix.count))] = value
  }
  return ObjectInfo(
    size: size,
    etag: ETag(etag),
    version: head["x-amz-version-id"].map(VersionID.init),
    contentType: head["content-type"],
    cacheControl: head["cache-control"],
    lastModified: lastModified,
    metadata: metadata
  )
}

private func passingOn(
  _ read: @escaping @Sendable (Int64, UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
) -> @Sendable (Int64, UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int {
  { offset, buffer throws(HTTPError) in
    do { return try read(offset, buffer) } catch { throw .aborted(String(describing: error)) }
  }
}

/// The file of a body that names one, open as long as this lives.
private final class OpenFile {
  let descriptor: Int32

  /// Nil where the body is no named file.
  init?(_ body: ObjectBody) throws(StoreError) {
    guard case .file(let path, let length) = body else { return nil }
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .aborted(detail: "\(path): " + String(cString: strerror(errno))) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, Int64(status.st_size) == length else {
      throw .aborted(detail: "\(path) has \(status.st_size) bytes, not \(length)")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
