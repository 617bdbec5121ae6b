internal import CFastCGI
internal import Glibc

/// An epoll instance on which all threads of the pool wait.
///
/// Every descriptor except the quit event is watched with EPOLLONESHOT: the thread that receives an event owns the
/// descriptor until that thread watches the descriptor again.
struct Poller: Sendable {
  private let epoll: Descriptor

  init?() {
    guard let epoll = Descriptor(owning: cfastcgi_epoll()) else { return nil }
    self.epoll = epoll
  }

  /// Wakes every waiting thread, repeatedly, once `event` was signalled.
  func watch(_ event: Event) -> Bool {
    cfastcgi_watch(epoll.number, event.descriptor.number, 0, 0) == 0
  }

  /// Wakes one thread at the next input on `descriptor`.
  @discardableResult
  func watchOnce(_ descriptor: Int32) -> Bool {
    if cfastcgi_watch(epoll.number, descriptor, 1, 1) == 0 { return true }
    return cfastcgi_watch(epoll.number, descriptor, 1, 0) == 0
  }

  /// Waits for the next event and returns the descriptor that has it.
  func next() -> Int32 {
    while true {
      let descriptor = cfastcgi_next(epoll.number)
      if descriptor >= 0 { return descriptor }
    }
  }
}
