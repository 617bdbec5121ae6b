import Foundation
public import HTTP

/// A client of a FastCGI process at its socket.
///
/// It sends requests as nginx does, without a cache in between.
public struct FastCGIClient: Sendable {
  private let path: String
  private let seconds: Int

  /// A client of the process at the socket `path`; it waits up to `seconds` for each piece of a response.
  public init(socket path: String, seconds: Int = 60) {
    self.path = path
    self.seconds = seconds
  }

  /// A client of one of the stack's own processes.
  public init(_ process: String, of stack: Stack) throws {
    self.init(socket: "\(try stack.setting("STOWAGE_SOCKET_DIRECTORY"))/\(process).sock")
  }

  /// Requests a path with the parameters that nginx's image cache passes; throws unless the response is complete.
  public func get(_ target: String) throws -> HTTPResponse {
    try send([
      ("REQUEST_METHOD", "GET"), ("REQUEST_URI", target), ("DOCUMENT_URI", target), ("SCRIPT_NAME", target),
      ("QUERY_STRING", ""), ("SERVER_PROTOCOL", "HTTP/1.1"), ("GATEWAY_INTERFACE", "CGI/1.1"),
      ("REMOTE_ADDR", "127.0.0.1"), ("REQUEST_ID", UUID().uuidString),
    ])
  }

  /// Sends an API request with a bearer token and JSON.
  public func ask(_ method: String, _ path: String, json: String = "", token: String) throws -> HTTPResponse {
    try send(
      [
        ("REQUEST_METHOD", method), ("DOCUMENT_URI", path), ("QUERY_STRING", ""), ("CONTENT_TYPE", "application/json"),
        ("CONTENT_LENGTH", String(json.utf8.count)), ("HTTP_AUTHORIZATION", "Bearer \(token)"),
        ("REMOTE_ADDR", "127.0.0.1"), ("REQUEST_ID", UUID().uuidString),
      ],
      body: Array(json.utf8)
    )
  }

  /// Sends a request with any parameters.
  public func send(_ parameters: [(name: String, value: String)], body: [UInt8] = []) throws -> HTTPResponse {
    let connection = try UnixSocket.connection(to: path)
    defer { close(connection) }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let request =
      FastCGIRecords.encode(.begin, [0, 1, 0, 0, 0, 0, 0, 0])
      + FastCGIRecords.encode(.parameters, FastCGIRecords.encode(parameters: parameters))
      + FastCGIRecords.encode(.parameters) + (body.isEmpty ? [] : FastCGIRecords.encode(.input, body))
      + FastCGIRecords.encode(.input)
    guard FastCGIRecords.write(request, to: connection) else { throw Unexpected("\(path): \(errno) while asking") }
    var output: [UInt8] = []
    while let record = FastCGIRecords.read(from: connection) {
      switch record.kind {
      case .output: output += record.content
      case .end: return try Self.response(output)
      default: continue
      }
    }
    throw Unexpected("\(path): the answer broke off after \(output.count) bytes")
  }

  /// Splits a CGI response; without a `Status` header the status is 200.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc3875#section-6
  private static func response(_ output: [UInt8]) throws -> HTTPResponse {
    guard let gap = output.firstRange(of: Array("\r\n\r\n".utf8)) else { throw Unexpected("an answer without a head") }
    let lines = String(decoding: output[..<gap.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let headers = lines.compactMap { line -> (name: String, value: String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
    }
    let status = headers.first { $0.name.lowercased() == "status" }.flatMap { Int($0.value.prefix(3)) }
    return HTTPResponse(
      head: HTTPResponseHead(status: status ?? 200, headers: headers),
      body: Array(output[gap.upperBound...])
    )
  }
}
