internal import Glibc

/// The loop of each thread of the pool.
struct Worker: Sendable {
  let listener: Descriptor
  let quit: Descriptor
  let poller: Poller
  let connections: Connections
  let exchange: Exchange
  let deferred: DeferredResponses
  let requestDeadline: Duration
  /// How long a refused peer may continue to send.
  let lingering: Duration

  private static let bufferBytes = 65_536

  func run(_ memory: MemoryFile) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let descriptor = poller.next()
      if descriptor == quit.number { return }
      if descriptor != listener.number {
        attend(descriptor, buffer, memory)
      } else if let connection = accept() {
        attend(connection, buffer, memory)
      }
    }
  }

  /// The loop of each thread that makes deferred responses, until the queue is closed.
  func runSlowly(_ memory: MemoryFile) {
    while let item = deferred.next() {
      let exchange = exchange.answering(by: item.make)
      if answer(item.collector, refusal: nil, by: exchange, through: memory, on: item.connection) {
        connections.close(item.connection)
      }
      deferred.finish(item)
    }
  }

  private func accept() -> Int32? {
    let accepted = connections.accept(from: listener.number)
    if case .failed(let code) = accepted {
      exchange.report("accept: \(String(cString: strerror(code)))")
      usleep(10_000)
    }
    if connections.isAccepting { poller.watchOnce(listener.number) }
    guard case .connection(let connection) = accepted else { return nil }
    return connection
  }

  private func attend(_ connection: Int32, _ buffer: UnsafeMutableRawBufferPointer, _ memory: MemoryFile) {
    guard var collector = connections.take(connection) else { return }
    switch collector.receive(from: connection, through: buffer) {
    case .incomplete:
      wait(connection, collector)
    case .complete:
      if answer(collector, refusal: nil, by: exchange, through: memory, on: connection) {
        connections.close(connection)
      }
    case .refused(let status):
      guard answer(collector, refusal: status, by: exchange, through: memory, on: connection) else { return }
      // Closing a connection with unread bytes resets it, and nginx might not read the response.
      shutdown(connection, Int32(SHUT_WR))
      connections.allow(connection, lingering)
      wait(connection, collector)
    case .ended:
      connections.close(connection)
    case .malformed:
      exchange.report("a peer sent an invalid FastCGI record")
      connections.close(connection)
    }
  }

  private func wait(_ connection: Int32, _ collector: consuming RequestCollector) {
    connections.park(connection, collector)
    if !poller.watchOnce(connection) { connections.close(connection) }
  }

  /// Sends the response; returns true if the connection is still open and the caller must close it.
  ///
  /// A broken connection is closed here. A deferred request passes its connection to the queue of deferred responses.
  private func answer(
    _ collector: borrowing RequestCollector,
    refusal: Int?,
    by exchange: Exchange,
    through memory: MemoryFile,
    on connection: Int32
  ) -> Bool {
    connections.allow(connection, requestDeadline)
    let end = exchange.run(collector, refusal: refusal, through: memory, on: connection) {
      connections.cut(connection)
    }
    switch end {
    case .answered: return true
    case .broken(let reason):
      exchange.report(reason)
      connections.close(connection)
      return false
    case .deferred(let owner, let make):
      let item = DeferredResponses.Item(connection: connection, collector: copy collector, owner: owner, make: make)
      return deferred.add(item) ? false : answer(collector, refusal: 503, by: exchange, through: memory, on: connection)
    }
  }
}
