internal import Core
internal import Glibc
public import Metrics

/// Counts the requests in nginx's access log (nginx/http/log.conf): those that its cache answered, and the bytes sent.
///
/// nginx answers a cache hit without a process, so its log alone knows of it. Values of labels come from fixed lists.
public final class NginxLogMeter: Sendable {
  /// The results of nginx's cache, and `none` for a request that the cache has no part in.
  ///
  /// Source: https://nginx.org/en/docs/http/ngx_http_upstream_module.html#var_upstream_cache_status
  static let results = ["hit", "miss", "expired", "stale", "updating", "revalidated", "bypass", "none"]

  /// The kinds of content, by the path of a request.
  enum Kind: String, CaseIterable { case image, download, other }

  /// The maximum size of an answer, in bytes: that of the largest object.
  ///
  /// A line with more is unread.
  private static let largestAnswer = Int(StoredCount.largestObject)

  private let follower: LogFollower
  private let requests: [Counter]
  private let bytes: [Kind: Counter]
  private let unread: Counter
  private let readable: Gauge

  /// Starts to follow the log at `path`, and brings the counters in `metrics` up to date before they are read.
  public static func start(path: String, _ metrics: Registry) {
    let meter = NginxLogMeter(path: path, metrics)
    metrics.beforeCounting { meter.readLog() }
  }

  init(path: String, _ metrics: Registry) {
    follower = LogFollower(path: path)
    requests = Self.results.map {
      metrics.counter("stowage_nginx_requests_total", "Requests in nginx's log, by result of its cache.", ["cache": $0])
    }
    let counters = Kind.allCases.map { kind in
      (
        kind,
        metrics.counter(
          "stowage_nginx_sent_bytes_total",
          "Bytes of response bodies that nginx sent, by kind of content.",
          ["kind": kind.rawValue]
        )
      )
    }
    bytes = Dictionary(counters, uniquingKeysWith: { first, _ in first })
    unread = metrics.counter("stowage_nginx_lines_unread_total", "Lines of nginx's log of another form.")
    readable = metrics.gauge("stowage_nginx_log_readable", "1 if nginx's log can be opened, else 0.")
  }

  func readLog() {
    readable.set(follower.readLines(count) ? 1 : 0)
  }

  /// Counts one line.
  ///
  /// nginx writes a quotation mark of a client as `\"`. So the bytes `,"cache":"` never come from a client.
  func count(_ line: UnsafeRawBufferPointer) {
    guard let size = Self.text(after: #","bytes":"#, until: UInt8(ascii: ","), in: line).flatMap(Int.init),
      (0...Self.largestAnswer).contains(size),
      let result = Self.text(after: #","cache":""#, until: UInt8(ascii: "\""), in: line),
      let path = Self.text(after: #","path":""#, until: UInt8(ascii: "\""), in: line)
    else { return unread.add() }
    let index = Self.results.firstIndex(of: result.lowercased()) ?? Self.results.count - 1
    requests[index].add()
    bytes[Self.kind(of: path)]?.add(size)
  }

  static func kind(of path: String) -> Kind {
    if Visibility.allCases.contains(where: { path.hasPrefix("/\($0.pathPrefix)/") }) { return .image }
    if path.hasPrefix("/v1/links/") || path.hasPrefix("/uploads/") { return .download }
    return path.hasPrefix("/v1/files/") && path.hasSuffix("/download") ? .download : .other
  }

  /// Returns the text between `mark` and the next byte `end`, of at most 256 bytes; a longer text is cut off.
  private static func text(
    after mark: StaticString,
    until end: UInt8,
    in line: UnsafeRawBufferPointer
  ) -> String? {
    let length = mark.utf8CodeUnitCount
    guard let base = line.baseAddress, line.count > length else { return nil }
    var start = 0
    while true {
      // Every mark begins with a comma.
      guard start + length < line.count, let comma = memchr(base + start, 0x2C, line.count - start - length) else {
        return nil
      }
      start = UnsafeRawPointer(comma) - base
      if memcmp(comma, mark.utf8Start, length) == 0 { break }
      start += 1
    }
    let rest = UnsafeRawBufferPointer(rebasing: line[(start + length)...].prefix(257))
    guard let stop = rest.firstIndex(of: end) else {
      return rest.count > 256 ? String(decoding: rest.prefix(256), as: UTF8.self) : nil
    }
    return String(decoding: rest[..<stop], as: UTF8.self)
  }
}
