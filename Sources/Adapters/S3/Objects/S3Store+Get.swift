internal import HTTP
public import Storage

extension S3Store {
  /// Reads an object and passes its attributes to `begin` and its bytes to `sink`.
  ///
  /// An interrupted download is resumed at the first missing byte, from the same version and with the same entity tag
  /// (`If-Match`).
  public func get(
    _ key: String,
    in bucket: String,
    version: VersionID?,
    range: ByteRange?,
    condition: ReadCondition?,
    begin: (ObjectInfo) throws(StoreError) -> Void,
    into sink: (UnsafeRawBufferPointer) throws(StoreError) -> Void
  ) throws(StoreError) -> ReadOutcome {
    try checkObjectKey(key)
    var download = Download(range: range, condition: condition)
    var hasBegun = false
    func beginOnce() throws(StoreError) {
      guard !hasBegun, let info = download.info else { return }
      hasBegun = true
      try begin(info)
    }
    return try retrying { () throws(S3Failure) in
      var call = S3Call(
        method: "GET",
        bucket: bucket,
        key: key,
        query: versionQuery(download.info?.version ?? version, in: bucket)
      )
      call.headers = download.headers + [checksumMode]
      call.isConditional = condition != nil && !download.isUnderWay
      download.beginAttempt()
      var refusal: StoreError?
      let response: HTTPResponse
      do throws(S3Failure) {
        response = try once(call) { head, bytes throws(HTTPError) in
          do throws(StoreError) {
            try download.take(bytes, head)
            try beginOnce()
            try sink(bytes)
          } catch {
            refusal = error
            throw .aborted("")
          }
        }
      } catch {
        if let refusal { throw S3Failure(error: refusal) }
        throw download.isUnderWay && error.error == .preconditionFailed
          ? S3Failure(error: .integrity(detail: "the object changed while it was read")) : error
      }
      if response.head.isNotModified { return .notModified }
      do throws(StoreError) {
        let info = try download.finish(response.head)
        try beginOnce()
        return .object(info)
      } catch {
        throw S3Failure(error: error)
      }
    }
  }
}

/// The progress of a download, over one or more responses.
private struct Download {
  let range: ByteRange?
  let condition: ReadCondition?
  private(set) var info: ObjectInfo?
  private var next: Int64 = 0
  private var end: Int64 = 0
  private var hasHead = false

  init(range: ByteRange?, condition: ReadCondition?) {
    self.range = range
    self.condition = condition
  }

  /// True if bytes have already been passed to the sink.
  var isUnderWay: Bool { info != nil }

  /// The header fields that request the missing bytes.
  var headers: [(name: String, value: String)] {
    guard let info else {
      return (range.map { [("range", $0.headerValue)] } ?? []) + (condition.map { [$0.header] } ?? [])
    }
    return [("range", ByteRange.closed(next...(end - 1)).headerValue), ("if-match", info.etag.headerValue)]
  }

  mutating func beginAttempt() { hasHead = false }

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ head: HTTPResponseHead) throws(StoreError) {
    if !hasHead { try check(head) }
    guard Int64(bytes.count) <= end - next else { throw .integrity(detail: "more bytes than announced") }
    next += Int64(bytes.count)
  }

  mutating func finish(_ head: HTTPResponseHead) throws(StoreError) -> ObjectInfo {
    if !hasHead { try check(head) }
    guard next == end, let info else { throw .integrity(detail: "\(end - next) of the announced bytes are missing") }
    return info
  }

  private mutating func check(_ head: HTTPResponseHead) throws(StoreError) {
    hasHead = true
    let (part, size) = try extent(head)
    if let info {
      guard part == next..<end, size == info.size else { throw .integrity(detail: "another part than asked for") }
    } else {
      let wanted = range.map { $0.resolved(size: size) } ?? 0..<size
      guard part == wanted else { throw .unexpected(detail: "bytes \(part) of \(size) are not the range asked for") }
      info = try objectInfo(head, size: size)
      (next, end) = (part.lowerBound, part.upperBound)
    }
  }

  /// Returns the byte range of a response and the size of the object.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-14.4
  private func extent(_ head: HTTPResponseHead) throws(StoreError) -> (Range<Int64>, size: Int64) {
    guard head.status == 206 else {
      guard let size = head["content-length"].flatMap(Int64.init), size >= 0 else {
        throw .unexpected(detail: "an object without Content-Length")
      }
      return (0..<size, size)
    }
    let numbers = (head["content-range"] ?? "").split { " -/".contains($0) }.dropFirst().compactMap { Int64($0) }
    guard numbers.count == 3, numbers[0] >= 0, numbers[1] >= numbers[0], numbers[1] < numbers[2] else {
      throw .unexpected(detail: "Content-Range makes no sense: " + (head["content-range"] ?? "none"))
    }
    return (numbers[0]..<(numbers[1] + 1), numbers[2])
  }
}
