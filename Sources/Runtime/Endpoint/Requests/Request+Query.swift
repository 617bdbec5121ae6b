public import Core
public import FastCGI

extension Request {
  /// Returns the query parameters, decoded as forms and `URLSearchParams` encode them: `+` is a space.
  ///
  /// Throws `invalidRequest` if a name appears twice or the query is not percent-encoded UTF-8.
  /// Source: https://url.spec.whatwg.org/#urlencoded-parsing
  public func queryParameters() throws(StorageError) -> [String: String] {
    var parameters: [String: String] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count == 2 ? parts[1] : "") else {
        throw .invalidRequest("the query must be percent-encoded UTF-8")
      }
      guard parameters.updateValue(value, forKey: name) == nil else {
        throw .invalidRequest("\(name.prefixed(64)): appears twice in the query")
      }
    }
    return parameters
  }

  /// Returns the query parameters; throws `invalidRequest` also for a name that is not in `names`.
  public func queryParameters(_ names: String...) throws(StorageError) -> [String: String] {
    let parameters = try queryParameters()
    guard parameters.keys.allSatisfy(names.contains) else {
      throw .invalidRequest("the query: this address accepts only the parameters \(names.joined(separator: ", "))")
    }
    return parameters
  }

  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst(), let low = rest.popFirst(), let value = hexadecimal(high, low) else {
          return nil
        }
        bytes.append(value)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func hexadecimal(_ high: UInt8, _ low: UInt8) -> UInt8? {
    guard let high = Character(Unicode.Scalar(high)).hexDigitValue,
      let low = Character(Unicode.Scalar(low)).hexDigitValue
    else { return nil }
    return UInt8(high << 4 | low)
  }
}
