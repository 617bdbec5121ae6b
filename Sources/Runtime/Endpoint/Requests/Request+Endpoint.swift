public import FastCGI
import Foundation

extension Request {
  /// nginx's `REQUEST_ID`, or a new UUID if that is absent or not a hexadecimal identifier.
  public var id: String {
    if let given = parameter("REQUEST_ID"), (8...64).contains(given.utf8.count),
      given.utf8.allSatisfy({ $0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit || $0 == UInt8(ascii: "-") })
    {
      return given
    }
    return UUID().uuidString.lowercased()
  }

  /// Throws `methodNotAllowed` unless the method is one of `methods`.
  public func require(_ methods: String...) throws(RequestError) {
    guard methods.contains(method) else { throw .methodNotAllowed(allowed: methods) }
  }

  /// Throws `encodingNotAllowed` if the body has a `Content-Encoding` other than `identity`.
  func requirePlainBody() throws(RequestError) {
    guard !body.isEmpty, let encoding = header("Content-Encoding") else { return }
    let codings = encoding.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    guard !codings.allSatisfy({ $0.isEmpty || $0.lowercased() == "identity" }) else { return }
    throw .encodingNotAllowed(encoding.prefixed(64))
  }
}
