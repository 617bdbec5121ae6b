import Foundation
import TestSupport
import Testing

@testable import Tokens

/// Compares botocore's CloudFrontSigner with Stowage's: each verifies what the other signed.
@Suite struct CloudFrontSignerTests {
  private struct Case: Encodable {
    let pem: String
    let hash: String
    let resource: String
    let expires: Int64
    var begins: Int64?
    var address: String?
    let canned: Bool
    let theirs: String
  }

  private struct Answer: Decodable {
    let text: String
    let cookies: [String: String]
    let holds: Bool
  }

  private static let url = "https://cdn.example.com/private/ann@example.com/0199/thumb.webp"
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)

  private static func policies() throws -> [(policy: CookiePolicy, isCanned: Bool)] {
    let wide = "https://cdn.example.com/private/ann@example.com/*"
    let range = try #require(AddressRange("192.0.2.0/24"))
    let all = [
      (CookiePolicy(resource: url, expires: 1_800_000_600), true),
      (CookiePolicy(resource: wide, expires: 1_800_000_600), false),
      (CookiePolicy(resource: wide, expires: 1_800_000_600, begins: 1_799_999_000, addresses: range), false),
    ]
    return try all.map { (try #require($0), $1) }
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["STOWAGE_PYTHON"] != nil, "script/test names the interpreter"),
    arguments: [["RSA"], ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]],
    CookieHash.allCases
  )
  func `each verifies the other's signature, and both sign the same policy`(kind: [String], hash: CookieHash) throws {
    let pair = try KeyPair(kind)
    let signer = try CookieSigner(keyPairID: "PAIR", pem: pair.privatePEM, hash: hash)
    let policies = try Self.policies()
    let ours = try policies.map { policy, isCanned in
      try #require(isCanned ? signer.cannedCookies(for: policy) : signer.cookies(for: policy))
    }
    let pem = String(decoding: try pair.privatePEM, as: UTF8.self)
    let answers = try Self.ask(
      try zip(policies, ours).map { entry, cookies in
        Case(
          pem: pem,
          hash: hash.rawValue,
          resource: entry.policy.resource,
          expires: entry.policy.expires,
          begins: entry.policy.begins,
          address: entry.policy.addresses?.description,
          canned: entry.isCanned,
          theirs: try #require(cookies.signature)
        )
      }
    )
    let verifier = try CookieVerifier(pems: ["PAIR": pair.publicPEM])
    for ((policy, _), (cookies, answer)) in zip(policies.map { ($0.policy, $0.isCanned) }, zip(ours, answers)) {
      #expect(answer.holds && answer.text == String(decoding: policy.text, as: UTF8.self))
      #expect(answer.cookies["CloudFront-Policy"] == cookies.policy)
      #expect(answer.cookies["CloudFront-Expires"] == cookies.expires)
      #expect(answer.cookies["CloudFront-Key-Pair-Id"] == cookies.keyPairID)
      // With this padding, RSA has exactly one signature for each message.
      if kind == ["RSA"] { #expect(answer.cookies["CloudFront-Signature"] == cookies.signature) }
      var theirs = SignedCookies { answer.cookies[$0] }
      theirs.hashAlgorithm = hash == .sha1 ? nil : hash.rawValue
      let end = try verifier.verify(theirs, for: Self.url, from: "192.0.2.7", at: Self.now)
      #expect(end == Date(timeIntervalSince1970: 1_800_000_600))
    }
  }

  private static func ask(_ cases: [Case]) throws -> [Answer] {
    let process = Process()
    process.executableURL = URL(filePath: try #require(ProcessInfo.processInfo.environment["STOWAGE_PYTHON"]))
    process.arguments = [URL(filePath: #filePath).deletingLastPathComponent().appending(path: "cloudfront.py").path]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(cases))
    try input.fileHandleForWriting.close()
    let answer = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return try JSONDecoder().decode([Answer].self, from: answer)
  }
}
