internal import Glibc

/// A thread that can be joined.
struct PosixThread {
  private let identifier: pthread_t

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread; nil if the system has no thread left.
  init?(_ run: @escaping @Sendable () -> Void) {
    var identifier = pthread_t()
    let body = Unmanaged.passRetained(Body(run))
    let failure = pthread_create(
      &identifier,
      nil,
      { argument in
        if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      },
      body.toOpaque()
    )
    guard failure == 0 else {
      body.release()
      return nil
    }
    self.identifier = identifier
  }

  func join() { pthread_join(identifier, nil) }
}
