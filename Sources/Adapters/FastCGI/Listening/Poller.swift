internal import CFastCGI
internal import Glibc

/// One set of descriptors that all the threads of the pool wait on.
///
/// Every descriptor but the last event is watched once: whoever is told of it owns it until it watches it again.
struct Poller: Sendable {
  private let epoll: Descriptor

  init?() {
    guard let epoll = Descriptor(owning: cfastcgi_epoll()) else { return nil }
    self.epoll = epoll
  }

  /// Tells all threads, again and again, once `event` happened.
  func watch(_ event: Event) -> Bool {
    cfastcgi_watch(epoll.number, event.descriptor.number, 0, 0) == 0
  }

  /// Tells one thread of the next input on `descriptor`.
  @discardableResult
  func watchOnce(_ descriptor: Int32) -> Bool {
    if cfastcgi_watch(epoll.number, descriptor, 1, 1) == 0 { return true }
    return cfastcgi_watch(epoll.number, descriptor, 1, 0) == 0
  }

  func next() -> Int32 {
    while true {
      let descriptor = cfastcgi_next(epoll.number)
      if descriptor >= 0 { return descriptor }
    }
  }
}
