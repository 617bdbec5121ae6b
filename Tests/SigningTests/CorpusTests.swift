import Foundation
import Signing
import Testing

/// The published signing cases in `STOWAGE_CORPORA`, each in its header form and its query form.
@Suite(.enabled(if: SigningCase.folder != nil, "STOWAGE_CORPORA is not set"))
struct CorpusTests {
  @Test func `the corpus is complete`() {
    #expect(SigningCase.names.count == 38)
  }

  @Test(arguments: SigningCase.names)
  func `a request is signed in its headers as published`(name: String) throws {
    let given = try SigningCase(name)
    let added = given.signer.headers(
      method: given.method,
      path: given.path,
      query: given.query,
      headers: given.headers,
      payloadHash: given.payloadHash,
      at: given.context.timestamp
    )
    let signature = try given.text("header-signature.txt")
    let request = try given.text("header-signed-request.txt")
    let authorization = try #require(added.last)
    #expect(authorization.name == "authorization")
    #expect(authorization.value.hasSuffix("Signature=" + signature))
    #expect(request.contains("Authorization:" + authorization.value))
  }

  @Test(arguments: SigningCase.names)
  func `a request is signed in its query as published`(name: String) throws {
    let given = try SigningCase(name)
    let query = given.signer.presignedQuery(
      method: given.method,
      path: given.path,
      query: given.query,
      headers: given.headers,
      payloadHash: given.payloadHash,
      expires: given.context.expirationInSeconds,
      at: given.context.timestamp
    )
    let canonical = try given.text("query-canonical-request.txt").components(separatedBy: "\n")
    let signature = try given.text("query-signature.txt")
    #expect(query == canonical[2] + "&X-Amz-Signature=" + signature)
  }
}

/// One folder of the corpus.
struct SigningCase {
  static let folder = ProcessInfo.processInfo.environment["STOWAGE_CORPORA"].map {
    URL(filePath: $0).appending(path: "sigv4/v4")
  }
  static let names = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) }?.sorted() ?? []

  struct Context: Decodable {
    struct Keys: Decodable {
      let accessKeyId: String
      let secretAccessKey: String
      let token: String?
    }
    let credentials: Keys
    let expirationInSeconds: Int
    let normalize: Bool
    let omitSessionToken: Bool?
    let region: String
    let service: String
    let signBody: Bool
    let timestamp: Date
  }

  let name: String
  let context: Context
  let method: String
  let path: String
  let query: [(name: String, value: String)]
  let headers: [(name: String, value: String)]
  let payloadHash: String

  init(_ name: String) throws {
    self.name = name
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.dateDecodingStrategy = .iso8601
    context = try decoder.decode(Context.self, from: Data(try Self.text(name, "context.json").utf8))

    let parts = try Self.text(name, "request.txt").components(separatedBy: "\n\n")
    var lines = parts[0].components(separatedBy: "\n")[...]
    let start = lines.removeFirst().components(separatedBy: " ")
    method = start[0]
    let target = start.dropFirst().dropLast().joined(separator: " ").split(separator: "?", maxSplits: 1)
    path = String(target[0])
    query = target.count < 2 ? [] : target[1].split(separator: "&").map { Self.pair($0, separator: "=") }
    headers = Self.unfolded(lines).map { Self.pair($0[...], separator: ":") }
    payloadHash = context.signBody ? PayloadHash.of(Array(parts[1].utf8)) : PayloadHash.empty
  }

  /// If the token is added after signing, it is not part of the signature.
  var signer: RequestSigner {
    let token = context.omitSessionToken == true ? nil : context.credentials.token
    return RequestSigner(
      credentials: Credentials(
        accessKeyID: context.credentials.accessKeyId,
        secretAccessKey: context.credentials.secretAccessKey,
        sessionToken: token
      ),
      region: context.region,
      service: context.service,
      canonicalPath: .encoded(normalized: context.normalize),
      sendsPayloadHash: context.signBody
    )
  }

  func text(_ file: String) throws -> String { try Self.text(name, file) }

  private static func text(_ name: String, _ file: String) throws -> String {
    let url = try #require(folder).appending(path: name).appending(path: file)
    return try String(contentsOf: url, encoding: .utf8)
  }

  private static func unfolded(_ lines: ArraySlice<String>) -> [String] {
    lines.reduce(into: []) { headers, line in
      if line.hasPrefix(" "), let last = headers.popLast() {
        headers.append(last + "\n" + line)
      } else if !line.isEmpty {
        headers.append(line)
      }
    }
  }

  private static func pair(_ text: Substring, separator: Character) -> (name: String, value: String) {
    let parts = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let value = parts.count < 2 ? "" : parts[1]
    guard separator == "=" else { return (parts[0], value) }
    return (parts[0].removingPercentEncoding ?? parts[0], value.removingPercentEncoding ?? value)
  }
}
