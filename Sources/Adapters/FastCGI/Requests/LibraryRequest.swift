internal import CFastCGI
internal import Glibc

/// One request in libfcgi.
///
/// libfcgi reads the collected records from a file in memory, so it never waits for a peer. Afterwards libfcgi writes
/// to the connection, which replaces the file under the same descriptor number. The descriptor is passed in two fields
/// that the header of libfcgi marks as private (`ipcFd`, `keepConnection`); RawPeerTests check that this works.
struct LibraryRequest: ~Copyable {
  private let request: UnsafeMutablePointer<FCGX_Request>

  /// Initialises libfcgi, once per process.
  ///
  /// libfcgi installs handlers for SIGTERM and SIGUSR1; the previous handlers are restored here. Its SIGPIPE handler,
  /// which does nothing, stays.
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

  /// Lets libfcgi read the records up to the body; nil if libfcgi fails.
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
    // Without this call libfcgi would wait at the end until the peer closes its side too.
    FCGX_Detach(request)
    return LibraryRequest(owning: request)
  }

  private init(owning request: UnsafeMutablePointer<FCGX_Request>) { self.request = request }

  deinit {
    FCGX_Finish_r(request)
    if request.pointee.ipcFd >= 0 { close(request.pointee.ipcFd) }
    request.deallocate()
  }

  /// Returns the body; nil if it has fewer than `count` bytes.
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

  /// Redirects libfcgi's output to `connection`; nil if no descriptor is left.
  func answer(to connection: Int32) -> UnsafeMutablePointer<FCGX_Stream>? {
    guard cfastcgi_replace(request.pointee.ipcFd, connection) >= 0 else { return nil }
    return request.pointee.out
  }

  /// Flushes the buffer and sends the end of the request; returns false if that fails.
  func finish() -> Bool {
    FCGX_FClose(request.pointee.err) == 0 && FCGX_FClose(request.pointee.out) == 0
  }
}
