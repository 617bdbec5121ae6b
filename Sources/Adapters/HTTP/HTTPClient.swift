internal import CCurl
internal import Synchronization

/// A blocking HTTP/1.1 client for any number of threads; connections are kept and used again.
///
/// Certificates are verified, proxies of the environment are ignored, no cookie is kept and no body decoded.
public final class HTTPClient: Sendable {
  /// What holds for every request of a client.
  public struct Settings: Hashable, Sendable {
    /// A PEM file of certification authorities instead of the system's.
    public var caFile: String?
    /// Whether `http_proxy` and the like are obeyed.
    public var usesEnvironmentProxy: Bool
    /// How many idle handles, each with its connections, are kept.
    public var idleHandles: Int

    /// The system's authorities, no proxy, 16 idle handles.
    public init(caFile: String? = nil, usesEnvironmentProxy: Bool = false, idleHandles: Int = 16) {
      self.caFile = caFile
      self.usesEnvironmentProxy = usesEnvironmentProxy
      self.idleHandles = idleHandles
    }
  }

  /// The longest header section of an answer; bytes.
  public static let headLimit = 64 * 1024

  private let settings: Settings
  private let idle = Mutex<[CurlHandle]>([])
  private static let initialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  /// A client without connections.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// Sends the request and holds the whole answer, up to the request's `maximumAnswer`.
  public func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
    try exchange(request, receiver: nil)
  }

  /// Sends the request and hands the body of a 2xx answer to `receive` as it arrives; any other answer is held.
  ///
  /// What `receive` throws ends the exchange and is thrown on.
  public func send(
    _ request: HTTPRequest,
    receive: (_ head: HTTPResponseHead, _ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Void
  ) throws(HTTPError) -> HTTPResponse {
    try withoutActuallyEscaping(receive) { receive throws(HTTPError) in
      try exchange(request, receiver: receive)
    }
  }

  private func exchange(_ request: HTTPRequest, receiver: Receiver?) throws(HTTPError) -> HTTPResponse {
    guard Self.initialised == CURLE_OK else { throw .protocolViolation("libcurl did not start") }
    guard let handle = idle.withLock({ $0.popLast() }) ?? CurlHandle() else {
      throw .protocolViolation("out of memory")
    }
    let transfer = Transfer(request, receiver: receiver)
    defer { transfer.finish() }
    // A handle whose exchange failed is thrown away: after a name that was not found, libcurl 7.88 refuses options for ever.
    try handle.perform(request, transfer, settings: settings)
    idle.withLock { if $0.count < settings.idleHandles { $0.append(handle) } }
    return HTTPResponse(head: transfer.head, body: transfer.collected)
  }
}
