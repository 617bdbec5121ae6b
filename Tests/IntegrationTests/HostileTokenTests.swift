import Foundation
import HTTP
import TestSupport
import Testing

/// Invalid tokens through nginx: all get the same response, and only the log distinguishes them.
@Suite(.enabled(if: isRunning, howToRun)) struct HostileTokenTests {
  private let front: IdentityFront
  private let forge = TokenForge(secret: Array("a secret of more than 32 bytes .......".utf8))
  private let pair: KeyPair
  private let keys: ScratchFolder
  private static let header = #"{"alg":"HS256","kid":"main"}"#

  init() throws {
    keys = try ScratchFolder()
    pair = try KeyPair("RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    let set = #"{"keys":[\#(forge.jwk(kid: "main")),\#(try pair.jwk(kid: "rsa"))]}"#
    front = try IdentityFront([
      "STOWAGE_TOKEN_KEY_FILE": try keys.write(Array(set.utf8), to: "keys.json"), "STOWAGE_TOKEN_AUDIENCE": "stowage",
      "STOWAGE_TOKEN_ISSUER": "https://login.example.com",
    ])
  }

  private func payload(_ changes: String = #""exp":\#(Int(Date.now.timeIntervalSince1970) + 600)"#) -> String {
    #"{"sub":"alice","iss":"https://login.example.com","aud":"stowage",\#(changes)}"#
  }

  private func token(_ header: String = Self.header, _ changes: String? = nil) -> String {
    forge.token(header: header, payload: changes.map(payload) ?? payload())
  }

  private var hostile: [(reason: String, token: String)] {
    let now = Int(Date.now.timeIntervalSince1970)
    func headed(_ member: String) -> String { token(#"{"alg":"HS256","kid":"main",\#(member)}"#) }
    func other(_ from: String, _ to: String) -> String {
      forge.token(header: Self.header, payload: payload().replacing(from, with: to))
    }
    let confused = TokenForge(secret: Array(pair.publicPEM))
    return [
      ("strict JSON object", headed(#""alg":"HS256""#)),
      ("strict JSON object", token(Self.header, #""exp":\#(now + 600),"exp":\#(now + 600)"#)),
      ("the header has jwk", headed(#""jwk":\#(forge.jwk(kid: "main"))"#)),
      ("the header has jku", headed(#""jku":"http://127.0.0.1:1/keys""#)),
      ("the header has x5c", headed(#""x5c":["MII"]"#)),
      ("the header has x5u", headed(#""x5u":"http://127.0.0.1:1/""#)),
      ("the header has crit", headed(#""crit":["exp"]"#)),
      ("over 8192 bytes", token(Self.header, #""exp":\#(now + 600),"x":"\#(String(repeating: "x", count: 6000))""#)),
      ("not valid yet", token(Self.header, #""exp":\#(now + 9000),"nbf":\#(now + 3600)"#)),
      ("no exp", token(Self.header, #""x":1"#)), ("expired", token(Self.header, #""exp":\#(now - 3600)"#)),
      ("audience is another", other(#""aud":"stowage""#, #""aud":"elsewhere""#)),
      ("audience is another", other(#""aud":"stowage","#, "")),
      ("issuer is another", other("login.example.com", "evil.example.com")),
      ("algorithm not allowed", token(#"{"alg":"none"}"#)),
      ("not three parts", token(#"{"alg":"none"}"#).split(separator: ".").dropLast().joined(separator: ".") + "."),
      ("algorithm not allowed", confused.token(header: #"{"alg":"HS256","kid":"rsa"}"#, payload: payload())),
      ("signature does not match", confused.token(header: #"{"alg":"HS256"}"#, payload: payload())),
      ("no key of this identifier", token(#"{"alg":"HS256","kid":"../../../etc/passwd"}"#)),
      ("no key of this identifier", token(#"{"alg":"HS256","kid":"main' OR '1'='1"}"#)),
      ("no key of this identifier", token(#"{"alg":"HS256","kid":""}"#)),
      ("kid is not a string", token(#"{"alg":"HS256","kid":["main"]}"#)),
      ("sub is not a user identifier", other("alice", "alice and bob")),
    ]
  }

  /// Returns the body without the request ID.
  private func body(_ answer: HTTPResponse) throws -> String {
    String(decoding: answer.body, as: UTF8.self).replacing(try #require(answer.head["X-Request-ID"]), with: "")
  }

  @Test func `each gets the same response as no token, and only the log has the reason`() throws {
    try #require(try front.status(token()) == 404)
    let bare = try front.send("GET", "/v1/files/x")
    try #require(bare.head.status == 401)
    for (reason, token) in hostile {
      let answer = try front.send("GET", "/v1/files/x", [("Authorization", "Bearer \(token)")])
      #expect(answer.head.status == 401 && answer.head["WWW-Authenticate"] == "Bearer", "\(reason)")
      #expect(try body(answer) == body(bare), "\(reason)")
      let line = try front.line(of: answer)
      let problem = try #require(line["problem"] as? String)
      #expect(problem.contains(reason), "\(problem)")
      #expect(line["user"] == nil)
    }
    let log = try String(contentsOfFile: front.folder.file("files.log"), encoding: .utf8)
    #expect(!log.contains("passwd") && !log.contains("eyJ") && !log.contains("OR '1'"))
  }
}
