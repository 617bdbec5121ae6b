public import Foundation
public import HTTP

/// The running system that `script/server --exec` started, as a client sees it.
public struct Stack: Sendable {
  /// presign's response to a claim.
  public struct Ticket: Decodable, Sendable {
    /// A presigned PUT.
    public struct Put: Decodable, Sendable {
      /// The presigned URL.
      public var url: String
      /// The headers to send.
      public var headers: [String: String]
    }
    /// The file's identifier.
    public var fileId: String
    /// The time when the URL expires.
    public var expiresAt: Date
    /// The presigned PUT.
    public var put: Put
  }

  /// A file's record.
  public struct File: Decodable, Sendable {
    /// One rendering.
    public struct Variant: Decodable, Sendable {
      /// The rendering's name.
      public var name: String
      /// The rendering's URL.
      public var url: String
      /// The rendering's media type.
      public var contentType: String
      /// The width in pixels.
      public var width: Int
      /// The height in pixels.
      public var height: Int
      /// The size in bytes.
      public var size: Int64
    }
    /// The member of this name in the API.
    public var id: String
    /// The member of this name in the API.
    public var filename: String
    /// The member of this name in the API.
    public var contentType: String
    /// The member of this name in the API.
    public var size: Int64?
    /// The member of this name in the API.
    public var sha256: String?
    /// The member of this name in the API.
    public var state: String
    /// The member of this name in the API.
    public var reason: String?
    /// The member of this name in the API.
    public var activeContent: Bool?
    /// The member of this name in the API.
    public var variants: [Variant]
  }

  /// The body of an error response.
  public struct Problem: Decodable, Sendable {
    /// The response's status.
    public var status: Int
    /// The stable error code.
    public var code: String
    /// The explanation for this request.
    public var detail: String?
  }

  /// The URL of the public site, without a trailing slash.
  public let url: String
  /// The URL for storage events.
  public let eventsURL: String
  /// A token of user `demo`.
  public let token: String
  /// The folder with all state of the system.
  public let folder: URL
  /// The environment that the system was started with.
  public let environment: [String: String]
  private let client: HTTPClient

  /// The running system; nil outside `script/server --exec`.
  public static let current = Stack(ProcessInfo.processInfo.environment)

  private init?(_ environment: [String: String]) {
    guard let url = environment["STOWAGE_URL"], let events = environment["STOWAGE_EVENTS_URL"],
      let token = environment["STOWAGE_TOKEN"], let folder = environment["STOWAGE_DIR"]
    else { return nil }
    self.url = url
    eventsURL = events
    self.token = token
    self.folder = URL(filePath: folder)
    self.environment = environment
    client = HTTPClient(HTTPClient.Settings(caFile: environment["STOWAGE_CA"]))
  }

  /// Sends a request; `path` is a URL, or a path of the public site.
  public func send(
    _ method: String,
    _ path: String,
    headers: [(name: String, value: String)] = [],
    body: [UInt8]? = nil
  ) throws -> HTTPResponse {
    let target = path.hasPrefix("/") ? url + path : path
    var request = HTTPRequest(method, target, headers: headers, body: body.map { .bytes($0) } ?? .none)
    request.deadlines.total = 60
    request.maximumAnswer = 64 << 20
    return try client.send(request)
  }

  /// Sends `POST /v1/uploads` with any JSON, as any user.
  public func claim(_ json: String, token: String? = nil) throws -> HTTPResponse {
    try send(
      "POST",
      "/v1/uploads",
      headers: [("Authorization", "Bearer \(token ?? self.token)"), ("Content-Type", "application/json")],
      body: Array(json.utf8)
    )
  }

  /// Returns a ticket for a file of this type and size.
  public func ticket(
    _ filename: String = "photo.jpg",
    type: String = "image/jpeg",
    size: Int,
    visibility: String = "public",
    sha256: String? = nil,
    token: String? = nil
  ) throws -> Ticket {
    var claim: [String: Any] = ["filename": filename, "size": size, "contentType": type, "visibility": visibility]
    claim["sha256"] = sha256
    let json = String(decoding: try JSONSerialization.data(withJSONObject: claim), as: UTF8.self)
    return try Self.decode(self.claim(json, token: token), status: 201)
  }

  /// PUTs `bytes` to the ticket's URL; `headers` override the ticket's.
  public func put(_ bytes: [UInt8], _ ticket: Ticket, headers: [String: String] = [:]) throws -> HTTPResponse {
    let all = ticket.put.headers.merging(headers) { $1 }
    return try send("PUT", ticket.put.url, headers: all.map { ($0.key, $0.value) }, body: bytes)
  }

  /// Returns the file's record.
  public func file(_ id: String, token: String? = nil) throws -> File {
    try Self.decode(
      send("GET", "/v1/files/\(id)", headers: [("Authorization", "Bearer \(token ?? self.token)")]),
      status: 200
    )
  }

  /// Returns the response to a download; follows the redirect as a browser does, without the token.
  public func download(_ id: String, token: String? = nil, _ query: String = "") throws -> HTTPResponse {
    let headers = [(name: "Authorization", value: "Bearer \(token ?? self.token)")]
    let answer = try send("GET", "/v1/files/\(id)/download\(query)", headers: headers)
    guard answer.head.status == 302, let url = answer.head["Location"] else { return answer }
    return try send("GET", url)
  }

  /// Returns the file's record once the file is neither pending nor received; throws after `seconds`.
  public func settled(_ id: String, within seconds: TimeInterval = 60, token: String? = nil) throws -> File {
    let end = Date.now + seconds
    while true {
      let file = try file(id, token: token)
      if file.state != "pending", file.state != "received" { return file }
      guard Date.now < end else { throw Unexpected("file \(id) is still \(file.state) after \(seconds) s") }
      usleep(20_000)
    }
  }

  /// Uploads `bytes` as a client would, and waits until they are checked.
  public func upload(
    _ bytes: [UInt8],
    _ filename: String = "photo.jpg",
    type: String = "image/jpeg",
    token: String? = nil
  ) throws -> File {
    let ticket = try ticket(filename, type: type, size: bytes.count, token: token)
    let answer = try put(bytes, ticket)
    guard answer.head.status == 200 else {
      throw Unexpected("PUT: \(answer.head.status) \(String(decoding: answer.body, as: UTF8.self))")
    }
    return try settled(ticket.fileId, token: token)
  }

  /// Decodes the response's body as `Value`; throws unless the response has this status.
  public static func decode<Value: Decodable>(_ answer: HTTPResponse, status: Int) throws -> Value {
    guard answer.head.status == status else {
      throw Unexpected("\(answer.head.status): \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
    }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try decoder.decode(Value.self, from: Data(answer.body))
  }

  /// Decodes the problem document of a response; throws if there is none.
  public static func problem(_ answer: HTTPResponse) throws -> Problem {
    guard answer.head["Content-Type"] == "application/problem+json" else {
      throw Unexpected("\(answer.head.status) is no problem document")
    }
    return try JSONDecoder().decode(Problem.self, from: Data(answer.body))
  }

  /// Returns the process identifier of one of the stack's own processes, from `{dir}/run/{name}.pid`.
  public func processID(_ name: String) throws -> Int32 {
    let text = try String(contentsOf: folder.appending(path: "run/\(name).pid"), encoding: .utf8)
    guard let id = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else { throw Unexpected(text) }
    return id
  }
}

/// An error for a situation that a test did not expect.
public struct Unexpected: Error, CustomStringConvertible {
  /// The unexpected situation.
  public let description: String
  /// An error with this description.
  public init(_ description: String) { self.description = description }
}
