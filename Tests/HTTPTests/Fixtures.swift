internal import HTTP

let impatient = HTTPDeadlines(connect: 2, total: 10, stall: 1)

func answer(_ body: String, status: String = "200 OK", headers: String = "") -> String {
  "HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

/// Returns the case of the error that `body` throws, without its text; nil if it throws none.
func failure(_ body: () throws(HTTPError) -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return switch error {
    case .timeout: "timeout"
    case .connection: "connection"
    case .tls: "tls"
    case .incomplete: "incomplete"
    case .tooLarge(let limit): "tooLarge \(limit)"
    case .aborted(let reason): "aborted \(reason)"
    case .protocolViolation: "protocolViolation"
    }
  }
}
