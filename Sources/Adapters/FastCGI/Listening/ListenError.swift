internal import Glibc

/// The reason why a server could not start.
public enum ListenError: Error, Equatable, CustomStringConvertible {
  /// The path with the suffix of its temporary name is longer than a Unix socket address allows (107 bytes).
  case pathTooLong(String)
  /// The inherited descriptor is not a listening socket.
  case notListening(descriptor: Int32)
  /// A system call failed; `code` is its errno.
  case system(call: String, code: Int32)
  /// libfcgi could not be initialised; `code` is the result of `FCGX_Init`.
  case library(code: Int32)

  /// The error as text.
  public var description: String {
    switch self {
    case .pathTooLong(let path): "the socket path is too long: \(path)"
    case .notListening(let descriptor): "descriptor \(descriptor) is not a listening socket"
    case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
    case .library(let code): "FCGX_Init: \(code)"
    }
  }

  static func last(_ call: String) -> ListenError { .system(call: call, code: errno) }
}
