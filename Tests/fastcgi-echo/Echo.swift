//  fastcgi-echo: the process of the FastCGI tests.
//
//  fastcgi-echo SOCKET|inherited|staged:SOCKET [threads=4] [body=65536] [receive-ms=5000] [deadline-ms=60000]
//    [slow=0] [waiting=512] [ready=200] [die-after=N]
//
//  /empty   {}                             /echo    the request
//  /large   as many bytes as the query     /cut     throws half way, the first time for each query
//  /short   ends half way                  /inject  a header with a line break in its value
//  /sleep   waits as many ms as the query  /pid     the process identifier
//  /later   /sleep as a deferred response; /later/{owner} counts for that owner
//  /twice   a deferred response that is deferred again
//  /fail    a deferred response that throws
//  /health/live and /health/ready answer as a process of Stowage does, the latter with the status of ready=
//  With die-after the process ends at the request after the N-th.
//  The process prints "ready" on standard output once it listens, and errors on standard error.

import FastCGI
import Glibc
import Synchronization

@main
struct Echo {
  static let cutOnce = Mutex<Set<String>>([])
  static let ready = Mutex(200)
  /// The number of requests that are still answered; negative for all.
  static let left = Mutex(-1)

  struct Failure: Error {}

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    var settings = Server.Settings()
    for argument in arguments.dropFirst() {
      let pair = argument.split(separator: "=")
      guard pair.count == 2, let value = Int(pair[1]) else { exit(64) }
      switch pair[0] {
      case "threads": settings.threads = value
      case "body": settings.maximumBodyBytes = value
      case "slow": settings.deferredThreads = value
      case "waiting": settings.maximumWaiting = value
      case "receive-ms": settings.receiveTimeout = .milliseconds(value)
      case "deadline-ms": settings.requestDeadline = .milliseconds(value)
      case "ready": ready.withLock { $0 = value }
      case "die-after": left.withLock { $0 = value }
      default: exit(64)
      }
    }
    guard let place = arguments.first else { exit(64) }
    guard let listener = listener(place) else { exit(65) }
    Signals.blockTermination()
    let server = Server(
      listener: listener,
      settings: settings,
      refuse: { status, _ in Response(status: status, body: .bytes(Array("refused \(status)".utf8))) },
      report: { say($0, on: 2) }
    )
    do throws(ListenError) {
      try server.run(ready: { say("ready", on: 1) }, handler: respond)
    } catch {
      say(error.description, on: 2)
      exit(1)
    }
  }

  static func listener(_ place: String) -> Listener? {
    let staged = "staged:"
    if place.hasPrefix(staged) { return .staged(String(place.dropFirst(staged.count)), mode: 0o666) }
    guard place == "inherited" else { return .path(place, mode: 0o666) }
    var environment: [String: String] = [:]
    for name in ["LISTEN_PID", "LISTEN_FDS"] { environment[name] = getenv(name).map { String(cString: $0) } }
    return Listener.inherited(environment: environment)
  }

  static func say(_ line: String, on descriptor: Int32) {
    let bytes = Array((line + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
  }

  @Sendable static func respond(to request: Request) -> Response {
    let amount = Int64(request.query) ?? 0
    let isOver = left.withLock { left in
      if left == 0 { return true }
      if left > 0 { left -= 1 }
      return false
    }
    if isOver { _exit(9) }
    switch request.path {
    case "/health/live":
      return text(#"{"pid":\#(getpid())}"#)
    case "/health/ready":
      let status = ready.withLock { $0 }
      return Response(status: status, body: .bytes(Array(#"{"parts":{"soup":"cold"}}"#.utf8)))
    case "/empty":
      return Response(
        status: 200,
        headers: [("Content-Type", "application/json")],
        body: .bytes(Array("{}".utf8))
      )
    case "/pid":
      return text(String(getpid()))
    case "/sleep":
      usleep(UInt32(amount) * 1_000)
      return text("slept")
    case "/later":
      return .deferred {
        usleep(UInt32(amount) * 1_000)
        return echo(request)
      }
    case let path where path.hasPrefix("/later/"):
      return .deferred(for: String(path.dropFirst("/later/".count))) {
        usleep(UInt32(amount) * 1_000)
        return echo(request)
      }
    case "/twice":
      return .deferred { .deferred { text("never") } }
    case "/fail":
      return .deferred { throw Failure() }
    case "/inject":
      return Response(status: 200, headers: [("X-Name", "a\r\nSet-Cookie: stolen=1")])
    case "/no-content":
      return Response(status: 204, body: .bytes([1]))
    case "/large":
      return stream(amount, sending: amount)
    case "/short":
      return stream(amount, sending: amount / 2)
    case "/cut":
      let isFirst = cutOnce.withLock { $0.insert(request.query).inserted }
      return stream(amount, sending: amount, failingAt: isFirst ? amount / 2 : nil)
    default:
      return echo(request)
    }
  }

  static func text(_ text: String) -> Response {
    Response(status: 200, headers: [("Content-Type", "text/plain")], body: .bytes(Array(text.utf8)))
  }

  static func echo(_ request: Request) -> Response {
    let headers = ["X-Test", "Content-Type", "Cookie"].map { "\($0)=\(request.header($0) ?? "none")" }
    let lines =
      ["method=\(request.method)", "path=\(request.path)", "query=\(request.query)"] + headers
      + ["remote=\(request.remoteAddress)", "body=\(request.body.count)", ""]
    return Response(status: 200, body: .bytes(Array(lines.joined(separator: "\n").utf8) + request.body))
  }

  /// 0 to 250, over and over, so that a shift or a gap is noticed.
  static let pattern = (0..<251 * 260).map { UInt8($0 % 251) }

  static func stream(_ length: Int64, sending count: Int64, failingAt failure: Int64? = nil) -> Response {
    Response(
      status: 200,
      body: .stream(length: length) { sink in
        var sent: Int64 = 0
        let end = failure ?? count
        while sent < end {
          let piece = Int(min(Int64(pattern.count), end - sent))
          try sink.write(piece == pattern.count ? pattern : Array(pattern[..<piece]))
          sent += Int64(piece)
        }
        if failure != nil { throw Failure() }
      }
    )
  }
}
