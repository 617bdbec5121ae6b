/// The lowercase name of a request header, or the beginning of several names with `*` at the end: `x-datadog-*`.
public struct HeaderPattern: Hashable, Sendable, CustomStringConvertible {
  /// The name, or the beginning and `*`.
  public let description: String

  /// The headers with which tracing libraries mark requests.
  ///
  /// Source: https://www.w3.org/TR/trace-context/, https://www.w3.org/TR/baggage/,
  /// https://docs.sentry.io/platforms/javascript/tracing/distributed-tracing/,
  /// https://docs.datadoghq.com/real_user_monitoring/correlate_with_other_telemetry/apm/
  public static let tracing = [
    "traceparent", "tracestate", "baggage", "sentry-trace", "x-datadog-*", "x-request-id",
  ].compactMap { HeaderPattern($0) }

  /// Nil if `text` is not a field name of at most 64 characters, or the beginning of names in the form `x-name-*`.
  ///
  /// Names that begin with `x-amz-` are refused: the store accepts such headers only if the upload URL was signed with
  /// them. Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
  public init?(_ text: String) {
    let name = text.lowercased()
    let stem = name.hasSuffix("*") ? name.dropLast() : name[...]
    guard (1...64).contains(stem.utf8.count), stem.utf8.allSatisfy(Self.isTokenByte), !stem.contains("*"),
      stem.count == name.count || stem.hasSuffix("-") && stem.count >= 3, !stem.hasPrefix("x-amz-")
    else { return nil }
    description = name
  }

  /// True if the pattern stands for several names.
  public var hasWildcard: Bool { description.hasSuffix("*") }

  /// True if the pattern stands for `name`, a field name in lowercase.
  public func matches(_ name: String) -> Bool {
    hasWildcard ? name.hasPrefix(description.dropLast()) && name.utf8.allSatisfy(Self.isTokenByte) : name == description
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
