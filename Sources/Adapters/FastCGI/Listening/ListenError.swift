internal import Glibc

/// Why a server could not start.
public enum ListenError: Error, Equatable, CustomStringConvertible {
  /// The path does not fit into a socket address (107 bytes, 20 of them kept for the temporary name).
  case pathTooLong(String)
  /// The inherited descriptor is not a listening socket.
  case notListening(descriptor: Int32)
  /// A system call failed; `code` is its errno.
  case system(call: String, code: Int32)
  /// libfcgi could not be initialised; `code` is its own.
  case library(code: Int32)

  /// The error in words.
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
