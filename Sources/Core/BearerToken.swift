/// Returns the token in the value of an `Authorization` header; nil if the scheme is not `Bearer`.
///
/// The scheme has no case, and one or more spaces follow it.
/// Source: https://www.rfc-editor.org/rfc/rfc9110#section-11.1
public func bearerToken(in authorization: String) -> String? {
  let scheme = "bearer"
  let bytes = authorization.utf8
  guard bytes.prefix(scheme.utf8.count).map({ $0 | 0x20 }).elementsEqual(scheme.utf8) else { return nil }
  let rest = bytes.dropFirst(scheme.utf8.count)
  let token = rest.drop { $0 == UInt8(ascii: " ") }
  return token.isEmpty || token.count == rest.count ? nil : String(token)
}
