internal import CCurl
internal import Synchronization

/// A blocking HTTP/1.1 client for any number of threads, which reuses connections.
///
/// The client verifies certificates and ignores the proxy variables of the environment by default. It stores no cookies
/// and does not decode bodies.
public final class HTTPClient: Sendable {
  /// The settings for all requests of a client.
  public struct Settings: Hashable, Sendable {
    /// The PEM file of certificate authorities, or nil for the system's authorities.
    public var caFile: String?
    /// True if the client obeys `http_proxy` and similar environment variables.
    public var usesEnvironmentProxy: Bool
    /// The maximum number of idle handles, each with its connections, that the client keeps.
    public var idleHandles: Int

    /// Creates settings; defaults: the system's authorities, no proxy, 16 idle handles.
    public init(caFile: String? = nil, usesEnvironmentProxy: Bool = false, idleHandles: Int = 16) {
      self.caFile = caFile
      self.usesEnvironmentProxy = usesEnvironmentProxy
      self.idleHandles = idleHandles
    }
  }

  /// The maximum length of a response's header section, in bytes.
  public static let headLimit = 64 * 1024

  private let settings: Settings
  private let idle = Mutex<[CurlHandle]>([])
  private static let initialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  /// Creates a client without connections.
  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// Sends the request and returns the whole response, up to the request's `maximumAnswer`.
  public func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
    try exchange(request, receiver: nil)
  }

  /// Sends the request and passes the body of a 2xx response to `receive` as it arrives.
  ///
  /// Any other response is returned with its body. An error of `receive` ends the exchange and is rethrown.
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
    // A handle is discarded after a failed exchange: after a failed name lookup, libcurl 7.88 rejects every option.
    try handle.perform(request, transfer, settings: settings)
    idle.withLock { if $0.count < settings.idleHandles { $0.append(handle) } }
    return HTTPResponse(head: transfer.head, body: transfer.collected)
  }
}
