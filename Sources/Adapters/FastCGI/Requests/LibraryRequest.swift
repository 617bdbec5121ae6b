internal import CFastCGI
internal import Glibc

/// libfcgi's side of one request.
///
/// libfcgi reads the collected records from a file in memory, so it never waits for a peer, and then writes to the
/// connection, which takes over the descriptor it was given. Handing it a descriptor uses two fields its header marks
/// private (`ipcFd`, `keepConnection`); RawPeerTests hold that.
struct LibraryRequest: ~Copyable {
  private let request: UnsafeMutablePointer<FCGX_Request>

  /// Prepares the library, once a process.
  ///
  /// It installs handlers for SIGTERM and SIGUSR1 that are not wanted: what was there before is put back. Its SIGPIPE
  /// handler, which does nothing, stays.
  static let initialisation: Int32 = {
    var term = sigaction()
    var user = sigaction()
    sigaction(SIGTERM, nil, &term)
    sigaction(SIGUSR1, nil, &user)
    defer {
      sigaction(SIGTERM, &term, nil)
      sigaction(SIGUSR1, &user, nil)
    }
    return FCGX_Init()
  }()

  /// Lets libfcgi read the records up to the end of the parameters; nil when it cannot.
  static func reading(_ records: [UInt8], through memory: MemoryFile) -> LibraryRequest? {
    guard let file = memory.holding(records) else { return nil }
    let request = UnsafeMutablePointer<FCGX_Request>.allocate(capacity: 1)
    FCGX_InitRequest(request, -1, 0)
    request.pointee.ipcFd = file
    request.pointee.keepConnection = 1
    guard FCGX_Accept_r(request) == 0 else {
      request.deallocate()
      return nil
    }
    // Without this libfcgi would wait, at the end, until the peer closes too.
    FCGX_Detach(request)
    return LibraryRequest(owning: request)
  }

  private init(owning request: UnsafeMutablePointer<FCGX_Request>) { self.request = request }

  deinit {
    FCGX_Finish_r(request)
    if request.pointee.ipcFd >= 0 { close(request.pointee.ipcFd) }
    request.deallocate()
  }

  /// The parameters, copied.
  var parameters: Parameters {
    var result = Parameters()
    result.reserve(bytes: 2_048, entries: 40)
    var next = request.pointee.envp
    while let entry = next?.pointee {
      result.append(UnsafeRawBufferPointer(start: entry, count: strlen(entry)))
      next = next?.advanced(by: 1)
    }
    return result
  }

  /// The body, or nil when there are not exactly `count` bytes of it.
  func body(count: Int) -> [UInt8]? {
    guard count > 0 else { return [] }
    let body = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      buffer.withMemoryRebound(to: CChar.self) { bytes in
        while filled < count {
          let wanted = Int32(min(count - filled, 1 << 30))
          let read = FCGX_GetStr(bytes.baseAddress.map { $0 + filled }, wanted, request.pointee.in)
          if read <= 0 { break }
          filled += Int(read)
        }
      }
    }
    return body.count == count ? body : nil
  }

  /// Makes libfcgi write to `connection` from now on.
  func answer(to connection: Int32) -> UnsafeMutablePointer<FCGX_Stream>? {
    guard cfastcgi_replace(request.pointee.ipcFd, connection) >= 0 else { return nil }
    return request.pointee.out
  }

  /// Sends what is still in the buffer and the end of the request.
  func finish() -> Bool {
    FCGX_FClose(request.pointee.err) == 0 && FCGX_FClose(request.pointee.out) == 0
  }
}
