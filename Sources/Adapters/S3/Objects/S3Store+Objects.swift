internal import FoundationEssentials
internal import Glibc
internal import HTTP
internal import Signing
public import Storage

extension S3Store {
  /// Uploads an object in one PUT; servers accept up to 5 GB.
  public func put(
    _ body: ObjectBody,
    to key: String,
    in bucket: String,
    options: PutOptions
  ) throws(StoreError) -> PutResult {
    try checkObjectKey(key)
    let call = S3Call(method: "PUT", bucket: bucket, key: key, headers: try putHeaders(options))
    let head: HTTPResponseHead
    do {
      head = try send(call, body, sha256: options.sha256, storesChecksum: options.storesChecksum)
    } catch .notFound where options.ifMatch != nil {
      throw .preconditionFailed
    }
    let version = head["x-amz-version-id"].map(VersionID.init)
    if let etag = etag(head) { return PutResult(etag: etag, version: version) }
    return try stored(key, in: bucket, version, body.length)
  }

  /// Reads the entity tag of the stored object with a HEAD, for a PUT response that had none.
  func stored(_ key: String, in bucket: String, _ version: VersionID?, _ size: Int64) throws(StoreError) -> PutResult {
    let found = try head(key, in: bucket, version: version)
    guard found.size == size else { throw .unexpected(detail: "an answer without ETag") }
    return PutResult(etag: found.etag, version: version ?? found.version)
  }

  /// Sends a request with an object's bytes as body, signed with their hash if it is given or the bytes are in memory.
  func send(
    _ call: S3Call,
    _ body: ObjectBody,
    sha256: [UInt8]?,
    storesChecksum: Bool = true
  ) throws(StoreError) -> HTTPResponseHead {
    var call = call
    if let sha256, storesChecksum { call.headers.append(("x-amz-checksum-sha256", try checksum(sha256))) }
    let file = try OpenFile(body)
    switch body {
    case .bytes(let bytes): call.setBody(bytes)
    case .file(_, let length): call.body = .file(descriptor: file?.descriptor ?? -1, offset: 0, length: length)
    case .descriptor(let descriptor, let length): call.body = .file(descriptor: descriptor, offset: 0, length: length)
    case .reader(let length, let read): call.body = .reader(length: length, read: passingOn(read))
    }
    if case .bytes = body {
    } else {
      call.payloadHash = sha256.map(lowercaseHexadecimal) ?? PayloadHash.unsigned
    }
    return try withExtendedLifetime(file) { () throws(StoreError) in try send(call).head }
  }

  /// Returns the metadata of an object.
  public func head(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    condition: ReadCondition?
  ) throws(StoreError) -> ReadOutcome {
    try checkObjectKey(key)
    var call = S3Call(
      method: "HEAD",
      bucket: bucket,
      key: key,
      query: versionQuery(version, in: bucket),
      headers: [checksumMode]
    )
    if let condition { call.headers.append(condition.header) }
    call.isConditional = condition != nil
    let head: HTTPResponseHead
    do {
      head = try send(call).head
    } catch .invalidRequest(let code, let message) {
      // The response to a HEAD has no body with the reason; the response to a GET has one.
      _ = try get(key, in: bucket, version: version, range: .closed(0...0), condition: nil) { _ in }
      throw .invalidRequest(code: code, message: message)
    }
    if head.isNotModified { return .notModified }
    guard let size = head["content-length"].flatMap(Int64.init) else {
      throw .unexpected(detail: "a HEAD was answered without Content-Length")
    }
    return .object(try objectInfo(head, size: size))
  }

  /// Deletes a version, or without a version the object; a missing object is no error.
  public func delete(_ key: String, in bucket: String, version: VersionID?) throws(StoreError) {
    try checkObjectKey(key)
    let call = S3Call(method: "DELETE", bucket: bucket, key: key, query: versionQuery(version, in: bucket))
    do throws(StoreError) {
      _ = try send(call)
    } catch {
      switch error {
      case .notFound: return
      case .invalidRequest where try isObject(version, in: bucket): try delete(key, in: bucket, version: nil)
      default: throw error
      }
    }
  }

  private func putHeaders(_ options: PutOptions) throws(StoreError) -> [(name: String, value: String)] {
    var headers = try descriptiveHeaders(options)
    if options.ifNoneMatch { headers.append(("if-none-match", "*")) }
    if let etag = options.ifMatch { headers.append(ReadCondition.ifMatch(etag).header) }
    return headers
  }
}

/// The request header that asks for the object's checksum.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
let checksumMode = (name: "x-amz-checksum-mode", value: "ENABLED")

/// Returns the headers for an object's type, cache control, access control list and metadata.
func descriptiveHeaders(_ options: PutOptions) throws(StoreError) -> [(name: String, value: String)] {
  try checkMetadata(options.metadata)
  var headers: [(name: String, value: String)] = []
  if let type = options.contentType { headers.append(("content-type", type)) }
  if let control = options.cacheControl { headers.append(("cache-control", control)) }
  if options.hasPrivateACL { headers.append(("x-amz-acl", "private")) }
  for (name, value) in options.metadata { headers.append(("x-amz-meta-" + name, value)) }
  return headers
}

/// Returns a SHA-256 digest in base64, as header fields and XML contain it.
func checksum(_ digest: [UInt8]) throws(StoreError) -> String {
  guard digest.count == SHA256.byteCount else {
    throw .invalidRequest(code: "InvalidDigest", message: "a SHA-256 has 32 bytes, this has \(digest.count)")
  }
  return Data(digest).base64EncodedString()
}

/// Decodes a SHA-256 digest; nil if it is absent or a checksum of part checksums (`…-2`).
func digest(_ checksum: String?) -> [UInt8]? {
  guard let data = checksum.flatMap({ Data(base64Encoded: $0) }), data.count == SHA256.byteCount else { return nil }
  return Array(data)
}

/// Decodes a checksum of part checksums: a digest, a hyphen and the number of parts; nil for any other text.
func checksumOfParts(_ checksum: String?) -> ChecksumOfParts? {
  guard let words = checksum?.split(separator: "-"), words.count == 2, let count = Int(words[1]),
    let sha256 = digest(String(words[0]))
  else { return nil }
  return ChecksumOfParts(sha256: sha256, count: count)
}

/// Returns the entity tag of a response; nil if it is absent or empty.
func etag(_ head: HTTPResponseHead) -> ETag? {
  head["etag"].map(ETag.init).flatMap { $0.description.isEmpty ? nil : $0 }
}

func objectInfo(_ head: HTTPResponseHead, size: Int64) throws(StoreError) -> ObjectInfo {
  guard let etag = etag(head), let lastModified = head.date("last-modified") else {
    throw .unexpected(detail: "an object without ETag or Last-Modified")
  }
  let prefix = "x-amz-meta-"
  var metadata: [String: String] = [:]
  for (name, value) in head.headers where name.lowercased().hasPrefix(prefix) {
    metadata[String(name.lowercased().dropFirst(prefix.count))] = value
  }
  let isWhole = head.status != 206 && head["x-amz-checksum-type"] != "COMPOSITE"
  return ObjectInfo(
    size: size,
    etag: etag,
    version: head["x-amz-version-id"].map(VersionID.init),
    contentType: head["content-type"],
    cacheControl: head["cache-control"],
    lastModified: lastModified,
    metadata: metadata,
    sha256: isWhole ? digest(head["x-amz-checksum-sha256"]) : nil,
    checksumOfParts: head.status == 206 ? nil : checksumOfParts(head["x-amz-checksum-sha256"]),
    tagCount: head["x-amz-tagging-count"].flatMap { Int($0) } ?? 0
  )
}

private func passingOn(
  _ read: @escaping @Sendable (Int64, UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
) -> @Sendable (Int64, UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int {
  { offset, buffer throws(HTTPError) in
    do { return try read(offset, buffer) } catch { throw .aborted(String(describing: error)) }
  }
}

/// The open file of a body that names a path.
private final class OpenFile {
  let descriptor: Int32

  /// Opens the file; nil if the body is not a named file.
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
