internal import CFastCGI
internal import Glibc
internal import Synchronization

/// A FastCGI application server for nginx: a fixed pool of threads, one request each.
///
/// A thread is given to a request when all of it has arrived, so a peer that stalls holds up nobody. One server a
/// process is meant; several work.
public final class Server: Sendable {
  /// What a server allows its peers.
  public struct Settings: Sendable {
    /// Requests worked on at a time; 4 beat 16 on two cores.
    public var threads = 4
    /// Further threads, for answers that are made later (`Response.deferred`); where this is 0 those are refused.
    public var deferredThreads = 0
    /// The most requests that wait for a slow thread; what comes then is refused.
    public var maximumWaiting = 512
    /// The longest body in bytes; a longer one is answered 413 without being kept.
    public var maximumBodyBytes = 65_536
    /// From a connection to its whole request; a slower peer is cut.
    public var receiveTimeout = Duration.seconds(5)
    /// From a whole request to its answer's last byte; then it is cut, while the handler runs on to its own deadlines.
    public var requestDeadline = Duration.seconds(60)
    /// The longest time a single write waits for the peer.
    public var sendTimeout = Duration.seconds(10)
    /// Whether SIGTERM and SIGINT end the server; see `Signals.blockTermination()`.
    public var endsOnSignals = true

    /// The settings as documented.
    public init() {}
  }

  /// What happened to its connections.
  public let statistics = ServerStatistics()
  private let listener: Listener
  private let settings: Settings
  private let refuse: @Sendable (Int, Request) -> Response
  private let report: @Sendable (String) -> Void
  private let stopping = Mutex((isRequested: false, event: Event?.none))

  /// - Parameters:
  ///   - refuse: makes the answer to what no handler sees: 400 (a lying length, a path that is not UTF-8), 411, 413,
  ///     500 (an answer that cannot be sent), and
  ///     503 (too many answers are being made later).
  ///   - report: is told, in words without the client's data, of what went wrong; called from any thread.
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

  /// Answers requests until `stop()` or a signal, then what is still waiting, and returns.
  ///
  /// On a socket of its own the queue is drained and the socket unlinked unless a successor's is there; on an inherited
  /// one the queue is left to the successor. The calling thread keeps the time.
  /// - Parameter ready: called once connections are taken.
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

  /// Makes `run` end; from any thread, before or while it runs.
  public func stop() {
    stopping.withLock { stopping in
      stopping.isRequested = true
      stopping.event?.signal()
    }
  }

  /// The pools; fewer threads than asked for when the system has no more.
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

  private func supervise(_ connections: Connections, until descriptors: [Descriptor]) {
    var entries = descriptors.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
    withExtendedLifetime(descriptors) {
      while poll(&entries, nfds_t(entries.count), 250) <= 0 { cutExpired(connections) }
    }
  }

  private func drain(_ listener: OpenListener, _ connections: Connections) {
    if listener.ownsQueue {
      listener.withdraw()
      // For a client that had found the socket but not yet connected.
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
