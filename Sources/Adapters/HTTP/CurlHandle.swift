internal import CCurl
internal import Glibc

/// A libcurl easy handle and its open connections.
///
/// `@unchecked Sendable` is safe: a C handle belongs to no particular thread, and the pool lends it to one thread at a
/// time.
final class CurlHandle: @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer
  private let message: UnsafeMutablePointer<CChar>
  private static let messageSize = Int(CURL_ERROR_SIZE)

  /// Nil if libcurl cannot allocate a handle.
  init?() {
    guard let handle = curl_easy_init() else { return nil }
    self.handle = handle
    message = .allocate(capacity: Self.messageSize)
    message.initialize(repeating: 0, count: Self.messageSize)
  }

  deinit {
    curl_easy_cleanup(handle)
    message.deallocate()
  }

  /// Performs the exchange to its end; connections stay open for later exchanges.
  func perform(_ request: HTTPRequest, _ transfer: Transfer, settings: HTTPClient.Settings) throws(HTTPError) {
    curl_easy_reset(handle)
    message[0] = 0
    var list: UnsafeMutablePointer<curl_slist>?
    defer {
      curl_easy_reset(handle)
      curl_slist_free_all(list)
    }
    for line in try headerLines(request) {
      guard let longer = curl_slist_append(list, line) else { throw .protocolViolation("out of memory") }
      list = longer
    }
    let refusals = [
      security(settings), deadlines(request.deadlines), target(request, list),
      callbacks(Unmanaged.passUnretained(transfer).toOpaque()),
    ]
    if let code = refusals.first(where: { $0 != CURLE_OK }) { throw failure(code) }
    let code = curl_easy_perform(handle)
    if let own = transfer.failure { throw own }
    guard code == CURLE_OK else { throw failure(code) }
  }

  private func headerLines(_ request: HTTPRequest) throws(HTTPError) -> [String] {
    var lines: [String] = []
    for (name, value) in request.headers {
      guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte), !(name + value).utf8.contains(where: isControlByte) else {
        throw .protocolViolation("header field \(name.debugDescription) is malformed")
      }
      lines.append(value.isEmpty ? name + ";" : name + ": " + value)
    }
    return lines
  }

  private func security(_ settings: HTTPClient.Settings) -> CURLcode {
    first([
      ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
      ccurl_set_string(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https"),
      ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1),
      ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2),
      ccurl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
      settings.caFile.map { ccurl_set_string(handle, CURLOPT_CAINFO, $0) } ?? CURLE_OK,
      settings.usesEnvironmentProxy ? CURLE_OK : ccurl_set_string(handle, CURLOPT_PROXY, ""),
      ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
      ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
      ccurl_set_long(handle, CURLOPT_BUFFERSIZE, 128 * 1024),
      ccurl_set_long(handle, CURLOPT_UPLOAD_BUFFERSIZE, 128 * 1024),
      ccurl_set_buffer(handle, CURLOPT_ERRORBUFFER, message),
    ])
  }

  private func deadlines(_ deadlines: HTTPDeadlines) -> CURLcode {
    first([
      ccurl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1),
      // A server that knows no 100 (Continue) delays every body over 1 MB by this time; libcurl's default is 1 s.
      ccurl_set_long(handle, CURLOPT_EXPECT_100_TIMEOUT_MS, 200),
      ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(deadlines.connect)),
      deadlines.total.map { ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, milliseconds($0)) } ?? CURLE_OK,
      ccurl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1024),
      ccurl_set_long(handle, CURLOPT_LOW_SPEED_TIME, max(1, deadlines.stall)),
    ])
  }

  private func target(_ request: HTTPRequest, _ headers: UnsafeMutablePointer<curl_slist>?) -> CURLcode {
    let sendsBody = request.body.length > 0 || request.method == "PUT" || request.method == "POST"
    return first([
      ccurl_set_string(handle, CURLOPT_URL, request.url),
      ccurl_set_long(handle, CURLOPT_PATH_AS_IS, 1),
      ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers),
      ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, request.maximumRedirects > 0 ? 1 : 0),
      ccurl_set_long(handle, CURLOPT_MAXREDIRS, request.maximumRedirects),
      sendsBody ? ccurl_set_long(handle, CURLOPT_UPLOAD, 1) : CURLE_OK,
      sendsBody ? ccurl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.body.length)) : CURLE_OK,
      request.method == "HEAD" ? ccurl_set_long(handle, CURLOPT_NOBODY, 1) : CURLE_OK,
      ccurl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method == "HEAD" ? nil : request.method),
    ])
  }

  private func callbacks(_ context: UnsafeMutableRawPointer) -> CURLcode {
    first([
      ccurl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, takeBody, CURLOPT_WRITEDATA, context),
      ccurl_set_data_callback(handle, CURLOPT_HEADERFUNCTION, takeHeader, CURLOPT_HEADERDATA, context),
      ccurl_set_data_callback(handle, CURLOPT_READFUNCTION, fillBody, CURLOPT_READDATA, context),
      ccurl_set_seek_callback(handle, seekBody, context),
    ])
  }

  private func first(_ codes: [CURLcode]) -> CURLcode { codes.first { $0 != CURLE_OK } ?? CURLE_OK }

  private func milliseconds(_ seconds: Double) -> Int { max(1, Int((seconds * 1000).rounded(.up))) }

  private func failure(_ code: CURLcode) -> HTTPError {
    let detail = message[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: message)
    var number = 0
    _ = ccurl_get_long(handle, CURLINFO_OS_ERRNO, &number)
    switch code {
    case CURLE_OPERATION_TIMEDOUT:
      return .timeout(detail)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR,
      CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_SEND_FAIL_REWIND:
      return .connection(detail)
    case CURLE_PARTIAL_FILE:
      return .incomplete(detail)
    case CURLE_SSL_CONNECT_ERROR where detail.contains("SSL_ERROR_SYSCALL") || detail.contains("Connection reset"):
      return .connection(detail)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      return .tls(detail)
    default:
      return .protocolViolation(detail)
    }
  }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
  context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private func takeBody(
  _ bytes: UnsafeMutablePointer<CChar>?,
  _ size: Int,
  _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let taken = transfer(context)?.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? false
  return taken ? size * count : Int(CURL_WRITEFUNC_ERROR)
}

private func takeHeader(
  _ bytes: UnsafeMutablePointer<CChar>?,
  _ size: Int,
  _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let taken = transfer(context)?.takeHeaderLine(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? false
  return taken ? size * count : Int(CURL_WRITEFUNC_ERROR)
}

private func fillBody(
  _ bytes: UnsafeMutablePointer<CChar>?,
  _ size: Int,
  _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  transfer(context)?.fill(UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? Int(CURL_READFUNC_ABORT)
}

private func seekBody(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
  guard origin == SEEK_SET, transfer(context)?.seek(to: Int64(offset)) == true else { return CURL_SEEKFUNC_FAIL }
  return CURL_SEEKFUNC_OK
}

private func isControlByte(_ byte: UInt8) -> Bool { (byte < 0x20 && byte != 0x09) || byte == 0x7F }

/// Returns true if the byte is valid in the name of a header field.
///
/// Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
private func isTokenByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }
}
