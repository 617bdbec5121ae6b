internal import CFastCGI
internal import Glibc
internal import Synchronization

/// A FastCGI application server for nginx: a fixed pool of threads, each of which answers one request at a time.
///
/// A thread starts on a request after all of the request has arrived, so a peer that stalls blocks no thread. One
/// server per process is intended; several work.
///
/// ```swift
/// Signals.blockTermination()
/// let server = Server(listener: .path("/run/example.sock"))
/// try server.run { request in
///   Response(status: 200, body: .bytes(Array("You asked for \(request.path)".utf8)))
/// }
/// ```
public final class Server: Sendable {
  /// The limits and deadlines of a server.
  public struct Settings: Sendable {
    /// The number of requests answered at a time; on two cores, 4 threads beat 16.
    public var threads = 4
    /// Additional threads for deferred responses (`Response.deferred`); with 0 the server refuses these responses.
    public var deferredThreads = 0
    /// The maximum number of requests that wait for a deferred response; the server refuses further ones.
    public var maximumWaiting = 512
    /// The maximum body size in bytes; a longer body is answered 413 and discarded.
    public var maximumBodyBytes = 65_536
    /// The time from accepting a connection to its complete request; then the connection is aborted.
    public var receiveTimeout = Duration.seconds(5)
    /// The time from a complete request to the last byte of its response; then the connection is aborted.
    ///
    /// The handler continues until its own deadlines. For a deferred response the time starts anew when a thread takes
    /// it up.
    public var requestDeadline = Duration.seconds(60)
    /// The maximum time that a single write waits for the peer.
    public var sendTimeout = Duration.seconds(10)
    /// True if SIGTERM and SIGINT stop the server; see `Signals.blockTermination()`.
    public var endsOnSignals = true

    /// Creates the default settings.
    public init() {}
  }

  /// Counts of the server's connections and requests.
  public let statistics = ServerStatistics()
  private let listener: Listener
  private let settings: Settings
  private let refuse: @Sendable (Int, Request) -> Response
  private let report: @Sendable (String) -> Void
  private let stopping = Mutex((isRequested: false, event: Event?.none))

  /// Creates a server; `run` opens the socket.
  ///
  /// - Parameters:
  ///   - refuse: Makes the response to a request that the handler does not answer: 400 (a wrong Content-Length, a path
  ///     that is not UTF-8), 411, 413, 500 (a response that cannot be sent or made), and 503 (too many deferred
  ///     responses wait).
  ///   - report: Receives error messages, which contain no data of clients; called from any thread.
  public init(
    listener: Listener,
    settings: Settings = Settings(),
    refuse: @escaping @Sendable (Int, Request) -> Response = { status, _ in Response(status: status) },
    report: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.listener = listener
    self.settings = settings
    self.refuse = refuse
    self.report = report
  }

  /// Answers requests until `stop()` or a signal, then answers the waiting requests, and returns.
  ///
  /// On a socket that the server created, the server answers all queued connections and unlinks the socket's path
  /// unless it names the socket of a successor. On an inherited socket, queued connections are left to the successor.
  /// The calling thread enforces the deadlines.
  /// - Parameter ready: Called once the server accepts connections.
  public func run(
    ready: () -> Void = {},
    handler: @escaping @Sendable (Request) -> Response
  ) throws(ListenError) {
    guard LibraryRequest.initialisation == 0 else { throw .library(code: LibraryRequest.initialisation) }
    if settings.endsOnSignals { Signals.blockTermination() }
    let stop = try Self.event()
    let quit = try Self.event()
    let signals = try terminationSignals()
    let listener = try OpenListener(listener)
    guard let poller = Poller(), poller.watch(quit), poller.watchOnce(listener.descriptor.number) else {
      throw .last("epoll")
    }
    let connections = Connections(
      limits: Limits(bodyBytes: settings.maximumBodyBytes),
      receiveTimeout: settings.receiveTimeout,
      sendTimeout: settings.sendTimeout,
      statistics: statistics
    )
    let exchange = Exchange(handler: handler, refuse: refuse, report: report)
    let worker = Worker(
      listener: listener.descriptor,
      quit: quit.descriptor,
      poller: poller,
      connections: connections,
      exchange: exchange,
      deferred: DeferredResponses(
        threads: settings.deferredThreads,
        maximum: settings.maximumWaiting,
        statistics: statistics
      ),
      requestDeadline: settings.requestDeadline,
      lingering: settings.receiveTimeout
    )
    if settings.deferredThreads == 0 { worker.deferred.close() }
    let threads = start(worker)
    defer {
      quit.signal()
      worker.deferred.close()
      for thread in threads { thread.join() }
    }
    guard threads.count == max(settings.threads, 1) + settings.deferredThreads else {
      listener.withdraw()
      throw .system(call: "thread", code: EAGAIN)
    }
    allowStopping(through: stop)
    ready()
    supervise(connections, until: [stop.descriptor, signals].compactMap(\.self))
    drain(listener, connections)
  }

  /// Stops `run`; may be called from any thread, before or during `run`.
  public func stop() {
    stopping.withLock { stopping in
      stopping.isRequested = true
      stopping.event?.signal()
    }
  }

  /// Starts both thread pools; returns fewer threads than the settings ask for if the system has no more.
  private func start(_ worker: Worker) -> [PosixThread] {
    Signals.withAllBlocked {
      let fast = (0..<max(settings.threads, 1)).compactMap { _ in
        MemoryFile().flatMap { memory in PosixThread { worker.run(memory) } }
      }
      let slow = (0..<settings.deferredThreads).compactMap { _ in
        MemoryFile().flatMap { memory in PosixThread { worker.runSlowly(memory) } }
      }
      return fast + slow
    }
  }

  private func allowStopping(through event: Event) {
    stopping.withLock { stopping in
      stopping.event = event
      if stopping.isRequested { event.signal() }
    }
  }

  /// The time between two looks at the deadlines of open connections, in milliseconds.
  private static let tick: Int32 = 250

  private func supervise(_ connections: Connections, until descriptors: [Descriptor]) {
    var entries = descriptors.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
    // A connection that arrives during this wait is seen before its first deadline.
    let shortest = min(settings.receiveTimeout, settings.requestDeadline) / 2
    let quiet = max(Self.tick, Int32(clamping: Int64(shortest / .milliseconds(1))))
    withExtendedLifetime(descriptors) {
      while poll(&entries, nfds_t(entries.count), connections.isEmpty ? quiet : Self.tick) <= 0 {
        cutExpired(connections)
      }
    }
  }

  private func drain(_ listener: OpenListener, _ connections: Connections) {
    if listener.ownsQueue {
      listener.withdraw()
      // A client may have resolved the path before it was unlinked and connect shortly afterwards.
      usleep(20_000)
    } else {
      connections.stopAccepting()
    }
    while !connections.finish(ifQuiet: listener) {
      cutExpired(connections)
      usleep(2_000)
    }
  }

  private func cutExpired(_ connections: Connections) {
    let count = connections.cutExpired(at: .now)
    if count > 0 { report("\(count) connections were cut at their deadline") }
  }

  private func terminationSignals() throws(ListenError) -> Descriptor? {
    guard settings.endsOnSignals else { return nil }
    var set = Signals.termination
    guard let descriptor = Descriptor(owning: cfastcgi_signals(&set)) else { throw .last("signalfd") }
    return descriptor
  }

  private static func event() throws(ListenError) -> Event {
    guard let descriptor = Descriptor(owning: cfastcgi_event()) else { throw .last("eventfd") }
    return Event(descriptor: descriptor)
  }
}
