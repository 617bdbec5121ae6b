internal import CFastCGI

/// Answers one complete request on the calling thread.
struct Exchange: Sendable {
  enum End {
    case answered
    /// No byte was sent; the response must be made as a deferred response.
    case deferred(owner: String?, make: @Sendable () throws -> Response)
    /// The peer did not receive a complete response; its connection must be aborted.
    case broken(String)
  }

  let handler: @Sendable (Request) -> Response
  let refuse: @Sendable (Int, Request) -> Response
  let report: @Sendable (String) -> Void

  /// Answers on `connection`; `refusal` is the status of a request that the handler must not see, such as one with a
  /// discarded body.
  ///
  /// `cut` is called for an incomplete response, before libfcgi could end the response as if it were complete.
  func run(
    _ collector: borrowing RequestCollector,
    refusal: Int?,
    through memory: MemoryFile,
    on connection: Int32,
    cut: () -> Void
  ) -> End {
    defer { memory.trim(after: collector.bytes.count) }
    let bodyBytes = refusal == nil ? collector.bodyBytes : 0
    guard let library = LibraryRequest.reading(collector.bytes, through: memory) else {
      return .broken("libfcgi refused a request")
    }
    let parameters = Parameters(block: collector.parameters)
    guard let body = library.body(count: bodyBytes) else { return .broken("libfcgi lost a part of a body") }
    let (request, response) = response(parameters: parameters, body: body, refusal: refusal)
    if case .deferred(let owner, let make) = response.body { return .deferred(owner: owner, make: make) }
    guard let output = library.answer(to: connection) else { return .broken("no descriptor is left") }
    let end = send(response, to: request, through: output)
    guard case .answered = end else {
      cut()
      return end
    }
    return library.finish() ? .answered : .broken("the peer closed the connection, or the deadline passed")
  }

  /// Returns an exchange that calls `make` instead of the handler, for a request that the handler deferred.
  func answering(by make: @escaping @Sendable () throws -> Response) -> Exchange {
    let handler: @Sendable (Request) -> Response = { request in
      do {
        let response = try make()
        guard case .deferred = response.body else { return response }
        report("a deferred response was deferred again")
      } catch {
        report("a deferred response failed: \(error)")
      }
      return refuse(500, request)
    }
    return Exchange(handler: handler, refuse: refuse, report: report)
  }

  private func response(parameters: Parameters, body: [UInt8], refusal: Int?) -> (Request, Response) {
    let method = parameters["REQUEST_METHOD"] ?? ""
    let path = parameters["DOCUMENT_URI"] ?? ""
    let request = Request(method: method, path: path, parameters: parameters, body: body)
    var status = refusal
    if method.isEmpty || path.isEmpty {
      report("nginx passed no REQUEST_METHOD or no DOCUMENT_URI")
      status = 500
    } else if path.unicodeScalars.contains("\u{FFFD}") {
      status = 400
    }
    return (request, status.map { refuse($0, request) } ?? handler(request))
  }

  private func send(
    _ response: Response,
    to request: Request,
    through output: UnsafeMutablePointer<FCGX_Stream>
  ) -> End {
    do throws(ResponseHead.Invalid) {
      return send(response, head: try ResponseHead(response, method: request.method), through: output)
    } catch {
      report("a response is invalid: \(error)")
      let failure = refuse(500, request)
      guard let head = try? ResponseHead(failure, method: request.method) else {
        return .broken("no response can be sent")
      }
      return send(failure, head: head, through: output)
    }
  }

  private func send(
    _ response: Response,
    head: ResponseHead,
    through output: UnsafeMutablePointer<FCGX_Stream>
  ) -> End {
    var headSink = ResponseSink(stream: output, length: Int64(head.bytes.count))
    var sink = ResponseSink(stream: output, length: response.body.length)
    do {
      try headSink.write(head.bytes)
      guard head.hasBody else { return .answered }
      switch response.body {
      case .bytes(let bytes): try sink.write(bytes)
      case .stream(_, let write): try write(&sink)
      case .deferred: break
      }
    } catch {
      return .broken("an answer was cut: \(error)")
    }
    return sink.remaining == 0 ? .answered : .broken("an answer was cut: \(sink.remaining) bytes short of its length")
  }
}
